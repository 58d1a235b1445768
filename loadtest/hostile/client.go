package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	callsPerSecond    = 2000
	clientConnections = 4
	// deadline of a call, from the moment it was due; one without an answer by then is lost.
	deadline = time.Second
	// maxAttempts is how often a call that the server has rejected, and asked to send again, is sent in all.
	maxAttempts = 5
)

type outcome uint8

const (
	unfinished outcome = iota
	answered
	lost
	unsent // since the server is ending: a client of several servers sends it to another one
)

// call is one of the well-behaved client's.
type call struct {
	number   int
	due      time.Time
	end      time.Time
	outcome  outcome
	reason   string // why it is lost
	attempts int
}

// client is the well-behaved one: it makes calls at a fixed rate, whatever becomes of them, as a gRPC library would. It
// keeps to the server's limit of streams, cancels what is not answered in time, sends again what the server has not
// begun, and checks every answer.
type client struct {
	address string
	cdn     string

	mu          sync.Mutex
	calls       []*call
	connections []*clientConnection
	alive       map[*clientConnection]bool // these, and others that are still to answer
	closed      bool
	rate        int  // calls a second
	ending      bool // the server has been told to end: from its GOAWAY on no calls are made
	goneAway    bool
	closures    int // connections that the server has ended
	rejections  int // calls that were to be sent again later
}

type clientConnection struct {
	client    *client
	transport net.Conn
	framer    *http2.Framer
	out       bytes.Buffer
	encoder   *hpack.Encoder
	block     bytes.Buffer

	lastID     uint32
	maxStreams int
	open       map[uint32]*exchange
	waiting    []*call // for a stream
	draining   bool    // no new calls
	ended      bool
}

// exchange is a call on a stream.
type exchange struct {
	call     *call
	data     []byte
	status   string
	http     string
	pushback string
}

// newClient starts a client; it calls from now on until it is closed.
func newClient(address, cdn string) (*client, error) {
	c := &client{address: address, cdn: cdn, rate: callsPerSecond, alive: map[*clientConnection]bool{}}
	for range clientConnections {
		connection, err := c.connect()
		if err != nil {
			return nil, err
		}
		c.connections = append(c.connections, connection)
	}
	go c.run()
	go c.watchDeadlines()
	return c, nil
}

func (c *client) connect() (*clientConnection, error) {
	transport, err := net.DialTimeout("tcp", c.address, deadline)
	if err != nil {
		return nil, err
	}
	k := &clientConnection{client: c, transport: transport, lastID: ^uint32(0), maxStreams: 100, open: map[uint32]*exchange{}}
	k.framer = http2.NewFramer(&k.out, bufio.NewReaderSize(transport, 1<<16))
	k.framer.SetReuseFrames()
	k.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	k.encoder = hpack.NewEncoder(&k.block)
	k.out.WriteString(http2.ClientPreface)
	must(k.framer.WriteSettings())
	must(k.framer.WriteWindowUpdate(0, 1<<30))
	k.flush()
	c.mu.Lock()
	c.alive[k] = true
	c.mu.Unlock()
	go k.read()
	return k, nil
}

// run makes the calls that are due.
func (c *client) run() {
	due := time.Now()
	for number := 0; ; {
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			continue
		}
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		rate := c.rate
		if rate == 0 {
			due = time.Now()
			rate = callsPerSecond
		} else if !c.goneAway {
			made := &call{number: number, due: due}
			c.calls = append(c.calls, made)
			c.connections[number%len(c.connections)].send(made)
			number++
		}
		c.mu.Unlock()
		due = due.Add(time.Second / time.Duration(rate))
	}
}

// setRate changes the number of calls a second; 0 makes none.
func (c *client) setRate(rate int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rate = rate
}

// watchDeadlines gives up what is not answered in time.
func (c *client) watchDeadlines() {
	for {
		time.Sleep(5 * time.Millisecond)
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		now := time.Now()
		for k := range c.alive {
			k.expire(now)
		}
		for _, k := range c.connections {
			k.expire(now) // calls wait on one that has ended, until it is replaced
		}
		c.mu.Unlock()
	}
}

// end is called before the server is told to end.
func (c *client) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
}

func (c *client) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for k := range c.alive {
		_ = k.transport.Close()
	}
}

func video(number int) string {
	return "http://s1.origin-cluster/video/" + strconv.Itoa(number) + "/x.m3u8"
}

// The rest is called with the client's lock held, but for read.

func (k *clientConnection) send(made *call) {
	if k.ended || k.draining || len(k.open) >= k.maxStreams {
		k.waiting = append(k.waiting, made)
		return
	}
	made.attempts++
	k.lastID += 2
	k.open[k.lastID] = &exchange{call: made}
	k.block.Reset()
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", redirectPath}, {":authority", "localhost"},
		{"content-type", "application/grpc"}, {"user-agent", "well-behaved"}, {"te", "trailers"}, {"grpc-timeout", "1S"},
	} {
		must(k.encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}))
	}
	must(k.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: k.lastID, BlockFragment: k.block.Bytes(), EndHeaders: true}))
	must(k.framer.WriteData(k.lastID, true, redirectRequest(video(made.number))))
	k.flush()
}

func (k *clientConnection) flush() {
	if !k.ended {
		_ = k.transport.SetWriteDeadline(time.Now().Add(deadline))
		_, _ = k.transport.Write(k.out.Bytes()) // if it fails, reading does, too
	}
	k.out.Reset()
}

func (k *clientConnection) sendWaiting() {
	for len(k.waiting) > 0 && len(k.open) < k.maxStreams && !k.ended && !k.draining {
		next := k.waiting[0]
		k.waiting = k.waiting[1:]
		k.send(next)
	}
}

func (k *clientConnection) expire(now time.Time) {
	cancelled := false
	for id, e := range k.open {
		if now.Sub(e.call.due) > deadline {
			e.call.finish(lost, "deadline")
			delete(k.open, id)
			must(k.framer.WriteRSTStream(id, http2.ErrCodeCancel))
			cancelled = true
		}
	}
	k.waiting = slices.DeleteFunc(k.waiting, func(w *call) bool {
		late := now.Sub(w.due) > deadline
		if late {
			w.finish(lost, "deadline, not sent")
		}
		return late
	})
	if cancelled {
		k.flush()
		k.sendWaiting()
	}
}

func (m *call) finish(o outcome, reason string) {
	if m.outcome == unfinished {
		m.outcome, m.reason, m.end = o, reason, time.Now()
	}
}

func (k *clientConnection) read() {
	for {
		frame, err := k.framer.ReadFrame()
		k.client.mu.Lock()
		var stream http2.StreamError
		if err != nil && !errors.As(err, &stream) {
			k.end()
			k.client.mu.Unlock()
			return
		}
		if err == nil {
			k.take(frame)
		}
		k.client.mu.Unlock()
	}
}

func (k *clientConnection) take(frame http2.Frame) {
	id := frame.Header().StreamID
	e := k.open[id]
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			return
		}
		if most, ok := f.Value(http2.SettingMaxConcurrentStreams); ok {
			k.maxStreams = int(most)
		}
		must(k.framer.WriteSettingsAck())
		k.flush()
	case *http2.PingFrame:
		if !f.IsAck() {
			must(k.framer.WritePing(true, f.Data))
			k.flush()
		}
	case *http2.MetaHeadersFrame:
		if e == nil {
			return
		}
		for _, h := range f.Fields {
			switch h.Name {
			case ":status":
				e.http = h.Value
			case "grpc-status":
				e.status = h.Value
			case "grpc-retry-pushback-ms":
				e.pushback = h.Value
			}
		}
		if f.StreamEnded() {
			k.finished(id, e)
		}
	case *http2.DataFrame:
		if e != nil {
			e.data = append(e.data, f.Data()...)
		}
	case *http2.RSTStreamFrame:
		if e == nil {
			return
		}
		delete(k.open, id)
		if f.ErrCode == http2.ErrCodeRefusedStream && e.call.attempts < maxAttempts {
			k.send(e.call)
		} else {
			e.call.finish(lost, "reset: "+f.ErrCode.String())
		}
		k.sendWaiting()
	case *http2.GoAwayFrame:
		k.drain()
		for later, e := range k.open {
			if later > f.LastStreamID { // not begun by the server
				delete(k.open, later)
				k.sendAgain(e.call)
			}
		}
	}
}

// drain sends no more calls on this connection.
func (k *clientConnection) drain() {
	if k.draining {
		return
	}
	k.draining = true
	waiting := k.waiting
	k.waiting = nil
	if k.client.ending {
		k.client.goneAway = true
	} else if !k.client.closed {
		k.client.closures++
		go k.client.replace(k)
	}
	for _, w := range waiting {
		k.sendAgain(w)
	}
}

// sendAgain sends a call by whichever connection is in this one's place.
func (k *clientConnection) sendAgain(made *call) {
	if k.client.goneAway {
		made.finish(unsent, "")
		return
	}
	k.client.connections[made.number%clientConnections].send(made)
}

func (k *clientConnection) finished(id uint32, e *exchange) {
	delete(k.open, id)
	url := video(e.call.number)
	switch {
	case e.status == "0" && e.http == "200" && k.client.isAnswer(e.data, url):
		e.call.finish(answered, "")
	case e.status == "8" && e.pushback != "" && e.call.attempts < maxAttempts:
		k.client.rejections++
		k.sendLater(e.call, e.pushback)
	case e.status == "0":
		e.call.finish(lost, "wrong answer")
	default:
		e.call.finish(lost, fmt.Sprintf("HTTP %s, gRPC %s", e.http, e.status))
	}
	k.sendWaiting()
}

func (k *clientConnection) sendLater(made *call, milliseconds string) {
	pause, err := strconv.Atoi(milliseconds)
	if err != nil || pause < 0 {
		made.finish(lost, "rejected")
		return
	}
	time.AfterFunc(time.Duration(pause)*time.Millisecond, func() {
		k.client.mu.Lock()
		defer k.client.mu.Unlock()
		if time.Since(made.due) > deadline {
			made.finish(lost, "rejected")
			return
		}
		k.sendAgain(made)
	})
}

func (c *client) isAnswer(data []byte, url string) bool {
	return bytes.Equal(data, redirectRequest(url)) ||
		bytes.Equal(data, redirectRequest("http://"+c.cdn+"/s1"+url[len("http://s1.origin-cluster"):]))
}

// end loses what is open on a connection that has ended.
func (k *clientConnection) end() {
	k.ended = true
	_ = k.transport.Close()
	for _, e := range k.open {
		e.call.finish(lost, "connection closed")
	}
	clear(k.open)
	k.drain()
	delete(k.client.alive, k)
}

// replace makes a connection in place of another one.
func (c *client) replace(old *clientConnection) {
	for {
		connection, err := c.connect()
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		if err == nil {
			c.connections[slices.Index(c.connections, old)] = connection
			for _, w := range old.waiting {
				connection.send(w)
			}
			old.waiting = nil
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
	}
}

// period is what became of the calls that were due in some time.
type period struct {
	calls, lost int
	reasons     map[string]int // of lost calls
	closures    int
	rejections  int
	p99         time.Duration // of all
	third       time.Duration // the median of the p99 of each third
	slowest     time.Duration
}

// between waits until the calls that were due then are over, and returns what became of them.
func (c *client) between(begin, end time.Time) period {
	for !c.isOver(end) {
		time.Sleep(10 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := period{reasons: map[string]int{}}
	var all []time.Duration
	var thirds [3][]time.Duration
	for _, m := range c.calls {
		if m.due.Before(begin) || !m.due.Before(end) {
			continue
		}
		if m.outcome == unsent {
			continue
		}
		p.calls++
		if m.outcome != answered {
			p.lost++
			p.reasons[m.reason]++
			continue
		}
		latency := m.end.Sub(m.due)
		all = append(all, latency)
		i := int(3 * m.due.Sub(begin) / (end.Sub(begin) + 1))
		thirds[i] = append(thirds[i], latency)
	}
	p.p99 = percentile99(all)
	if len(all) > 0 {
		p.slowest = slices.Max(all)
	}
	each := []time.Duration{percentile99(thirds[0]), percentile99(thirds[1]), percentile99(thirds[2])}
	slices.Sort(each)
	p.third = each[1]
	p.closures, p.rejections = c.closures, c.rejections
	c.closures, c.rejections = 0, 0
	// What is before the end is not asked for again.
	c.calls = slices.DeleteFunc(c.calls, func(m *call) bool { return m.due.Before(end) })
	return p
}

func (c *client) isOver(end time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.calls {
		if m.due.Before(end) && m.outcome == unfinished {
			return false
		}
	}
	return true
}

func percentile99(latencies []time.Duration) time.Duration {
	if len(latencies) == 0 {
		return 0
	}
	slices.Sort(latencies)
	return latencies[len(latencies)*99/100]
}
