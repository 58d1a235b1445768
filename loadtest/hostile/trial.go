package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxGrowth is how many bytes the server's memory may grow by.
	maxGrowth = 64 << 20
	// growthKept is how much of that may stay: the JVM gives part of its heap back after its next full collection only.
	growthKept = 32 << 20
	// spareDescriptors and spareThreads are what a JVM takes and gives back by itself, its compiler's threads above all.
	spareDescriptors = 4
	spareThreads     = 4
	// settling is how long memory, descriptors and threads have to come back.
	settling = 15 * time.Second
	// exitLimit is how long the server has to end after SIGTERM.
	exitLimit = 31 * time.Second
)

// trial is an attack with what was measured.
type trial struct {
	attack               attack
	quiet, during, after period
	before, peak, end    usage
	attacker             statsLine
	duration             time.Duration // of the attack
	settled              time.Duration // after the attack
	exit                 time.Duration // after SIGTERM
	logLines             int
	failures             []string
	broken               bool // if it failed by more than latency
}

func (t *trial) fail(format string, values ...any) {
	t.broken = true
	t.failures = append(t.failures, fmt.Sprintf(format, values...))
}

func (t *trial) slow(format string, values ...any) {
	t.failures = append(t.failures, fmt.Sprintf(format, values...))
}

// attackPhases is how many times as long as the other phases an attack lasts. In its first part the JVM compiles, on
// the only core that the server has, what it has not run before; the median of three parts shows the attack itself.
const attackPhases = 3

// run measures the quiet, the attack and the after phase.
func run(a attack, s *server, c *client, o options) trial {
	t := trial{attack: a}
	phase := time.Duration(o.seconds * float64(time.Second))

	// An attacker keeps the client's core busy, so something does in the quiet phase, too: the difference is then the
	// server's.
	busy := startAttacker("", s.target, phase)
	t.quiet = pass(c, phase)
	busy.kill()
	if t.quiet.lost > 0 {
		t.fail("%d calls lost before the attack (%s)", t.quiet.lost, reasons(t.quiet))
	}

	t.before = s.usage()
	t.peak = t.before
	begin := time.Now()
	attacker := startAttacker(a.name, s.target, attackPhases*phase)
	sampling := make(chan struct{})
	var sampled sync.WaitGroup
	sampled.Go(func() { t.sample(s, sampling) })
	select {
	case <-attacker.ended:
	case <-s.ended:
	case <-time.After(attackPhases * phase):
		if a.stops {
			<-attacker.ended
		}
	}
	end := time.Now()
	t.duration = end.Sub(begin)
	if a.ends {
		t.terminate(s, c, begin, attacker)
		close(sampling)
		sampled.Wait()
		return t
	}
	attacker.kill()
	t.attacker = attacker.last
	if attacker.ownError != "" {
		t.fail("the attack itself failed: %s", attacker.ownError)
	}
	if a.stops {
		time.Sleep(deadline) // for the calls that were due until then
	}
	t.during = c.between(begin, end)
	afterBegin := end
	if a.stops {
		afterBegin = time.Now()
	}
	for time.Since(afterBegin) < phase && s.alive() {
		time.Sleep(10 * time.Millisecond)
	}
	for s.alive() {
		t.end = s.usage()
		t.settled = time.Since(end)
		if t.isBack() || t.settled > settling {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.after = c.between(afterBegin, time.Now())
	close(sampling)
	sampled.Wait()
	t.judge(s, c, begin, o.maxRatio)
	return t
}

// pass lets a phase pass that nothing happens in.
func pass(c *client, phase time.Duration) period {
	begin := time.Now()
	time.Sleep(phase)
	return c.between(begin, time.Now())
}

// sample keeps the peak.
func (t *trial) sample(s *server, done <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-time.After(50 * time.Millisecond):
		}
		t.peak.rss = max(t.peak.rss, s.rss())
		if n%20 == 0 { // counting thousands of descriptors takes a while
			now := s.usage()
			t.peak.descriptors = max(t.peak.descriptors, now.descriptors)
			t.peak.threads = max(t.peak.threads, now.threads)
		}
	}
}

func (t *trial) isBack() bool {
	return t.end.rss <= t.before.rss+growthKept && t.end.descriptors <= t.before.descriptors+spareDescriptors &&
		t.end.threads <= t.before.threads+spareThreads
}

func (t *trial) judge(s *server, c *client, begin time.Time, maxRatio float64) {
	if !s.alive() {
		t.fail("the server ended with %d", s.exitCode())
		return
	}
	if t.during.lost > 0 && !t.attack.stops {
		t.fail("%d of %d calls lost in the attack (%s)", t.during.lost, t.during.calls, reasons(t.during))
	}
	if t.after.lost > 0 {
		t.fail("%d of %d calls lost after it (%s)", t.after.lost, t.after.calls, reasons(t.after))
	}
	if n := t.during.closures + t.after.closures; n > 0 {
		t.fail("%d of the client's connections closed", n)
	}
	if r := ratio(t.during.third, t.quiet.third); !t.attack.stops && r > maxRatio {
		t.slow("p99 %s in the attack, %.1f × the quiet %s", ms(t.during.third), r, ms(t.quiet.third))
	}
	if r := ratio(t.after.p99, t.quiet.third); r > maxRatio {
		t.slow("p99 %s after it, %.1f × the quiet %s, slowest %s", ms(t.after.p99), r, ms(t.quiet.third),
			ms(t.after.slowest))
	}
	if growth := t.peak.rss - t.before.rss; growth > maxGrowth {
		t.fail("memory grew by %d MiB", growth>>20)
	}
	if !t.isBack() {
		t.fail("not back after %.0f s: memory %+d MiB, descriptors %+d, threads %+d", t.settled.Seconds(),
			(t.end.rss-t.before.rss)>>20, t.end.descriptors-t.before.descriptors, t.end.threads-t.before.threads)
	}
	elapsed := time.Since(begin).Seconds()
	kinds := s.logged(begin)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.logLines += kinds[kind]
		if float64(kinds[kind]) > elapsed+1 {
			t.fail("logged %d times in %.0f s: %s", kinds[kind], elapsed, cut(kind, 100))
		}
	}
	c.setRate(0)
	defer c.setRate(callsPerSecond)
	if err := s.exactTenth(); err != nil {
		t.fail("%s", err)
	}
}

// terminate sends SIGTERM while the attack goes on.
func (t *trial) terminate(s *server, c *client, begin time.Time, attacker *attacker) {
	c.end()
	signal := time.Now()
	_ = s.command.Process.Signal(terminateSignal)
	select {
	case <-s.ended:
	case <-time.After(exitLimit + 10*time.Second):
	}
	t.exit = time.Since(signal)
	attacker.kill()
	t.attacker = attacker.last
	t.end = t.before
	t.during = c.between(begin, time.Now())
	switch {
	case s.alive():
		t.fail("still running %.0f s after SIGTERM", t.exit.Seconds())
		s.stop()
	case s.exitCode() != 0:
		t.fail("exit code %d after SIGTERM", s.exitCode())
	case t.exit > exitLimit:
		t.fail("ended %.1f s after SIGTERM", t.exit.Seconds())
	}
	if t.during.lost > 0 {
		t.fail("%d of %d calls lost (%s)", t.during.lost, t.during.calls, reasons(t.during))
	}
}

// attacker is the process of an attack; of none, but a busy one, without a name.
type attacker struct {
	command  *exec.Cmd
	ended    chan struct{}
	last     statsLine
	ownError string
}

func startAttacker(name string, t target, phase time.Duration) *attacker {
	t.Seconds = phase.Seconds()
	text, _ := json.Marshal(t)
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	a := &attacker{command: exec.Command("nice", "-n", "20", self, "attack", name, string(text)), ended: make(chan struct{})}
	out, _ := a.command.StdoutPipe()
	var errors strings.Builder
	a.command.Stderr = &errors
	if err := a.command.Start(); err != nil {
		panic(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			_ = json.Unmarshal(lines.Bytes(), &a.last)
		}
		if err := a.command.Wait(); errors.Len() > 0 {
			a.ownError = fmt.Sprint(err, ": ", cut(errors.String(), 300))
		}
		close(a.ended)
	}()
	return a
}

func (a *attacker) kill() {
	_ = a.command.Process.Kill()
	<-a.ended
}

func reasons(p period) string {
	var words []string
	for _, reason := range slices.Sorted(maps.Keys(p.reasons)) {
		words = append(words, fmt.Sprintf("%d %s", p.reasons[reason], reason))
	}
	return strings.Join(words, ", ")
}

func ms(d time.Duration) string {
	if d == 0 {
		return "–" // no call was answered
	}
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func cut(text string, most int) string { return text[:min(len(text), most)] }
