// Program hostile attacks a balancer and measures what a well-behaved client beside the attacks notices. It is built and
// run by the script beside it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const usageText = `loadtest/hostile/run [options] [NAME…]     attacks a balancer; build it first: mvn package

Each attack runs beside a well-behaved client that makes 2 000 calls/s on four connections, counts their latency from the
moment each was due, checks every answer and gives up after a second. The server has core SERVER_CORE (0), everything
else LOAD_CORE (1). Three phases: quiet, attack (three times as long), after. An attack passes when

  - that client loses no call and none of its connections;
  - its p99 is at most three times that of the quiet phase (the medians of each phase's thirds; after the attack, the
    whole phase). In the quiet phase a process keeps the client's core as busy as an attacker would;
  - the server's memory grows by at most 64 MiB, and 15 s later by at most 32 MiB;
  - descriptors and threads come back (4 of each are spare);
  - no kind of line is logged more than once a second;
  - exactly every tenth call went to the origin.

A name may end in * for all that begin so. Exits with 1 when an attack has not passed, with 2 on wrong usage.

`

// warmLimit is how long a server may lose calls after its warm-up.
const warmLimit = 60 * time.Second

var terminateSignal = syscall.SIGTERM

type options struct {
	seconds   float64
	memory    int
	transport string
	results   string
	warmUp    float64
	maxRatio  float64
	list      bool
	names     []string
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "attack" {
		runAttack(os.Args[2], os.Args[3])
		return
	}
	var o options
	flag.Float64Var(&o.seconds, "seconds", 5, "`length` of the quiet phases; an attack lasts three times as long")
	flag.IntVar(&o.memory, "memory", 0, "`MiB` of memory for the server, by a control group; needs root")
	flag.StringVar(&o.transport, "transport", "front", "GRPC_TRANSPORT, `name` of front or netty")
	flag.StringVar(&o.results, "results", "", "`file` that the table is written to as well")
	flag.Float64Var(&o.warmUp, "warm-up", 10, "`seconds` of calls before the first attack on a server")
	flag.Float64Var(&o.maxRatio, "max-ratio", 3, "how many `times` the quiet p99 the p99 may be; a busy machine needs more")
	flag.BoolVar(&o.list, "list", false, "list the attacks")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usageText)
		flag.PrintDefaults()
	}
	flag.Parse()
	o.names = flag.Args()
	chosen, err := choose(o.names)
	if err == nil && o.seconds < 0.5 {
		err = fmt.Errorf("--seconds %g (expected: 0.5 or more)", o.seconds)
	}
	if err == nil && o.transport != "front" && o.transport != "netty" {
		err = fmt.Errorf("--transport %s (expected: front or netty)", o.transport)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(2)
	}
	if o.list {
		for _, a := range chosen {
			fmt.Printf("%-32s %-8s %s\n", a.name, a.port, a.what)
		}
		return
	}
	os.Exit(suite(o, chosen))
}

// runAttack is the process of an attack.
func runAttack(name, text string) {
	var t target
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		panic(err)
	}
	if name == "" {
		for { // keeps the core busy
		}
	}
	go printStats()
	find(name).run(&t)
}

// suite runs attacks one after another and returns the exit code.
func suite(o options, chosen []attack) int {
	if _, err := os.Stat("target/redirect-balancer.jar"); err != nil {
		fmt.Fprintln(os.Stderr, "hostile: no target/redirect-balancer.jar: run mvn package first")
		return 2
	}
	folder, err := os.MkdirTemp("", "hostile")
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	b := bench{o: o, folder: folder}
	defer b.drop()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)

	began := time.Now()
	var trials []trial
	for i, a := range chosen {
		select {
		case <-interrupted:
			return 130
		default:
		}
		t := b.attempt(a)
		trials = append(trials, t)
		fmt.Fprintf(os.Stderr, "# %d of %d  %-32s %s\n", i+1, len(chosen), a.name, t.summary())
	}
	report := table(o, trials, began)
	fmt.Print(report)
	if o.results != "" {
		if err := os.WriteFile(o.results, []byte(report), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "hostile:", err)
			return 1
		}
	}
	for _, t := range trials {
		if len(t.failures) > 0 {
			return 1
		}
	}
	return 0
}

// bench keeps a server and its client for the next attack, as long as they are as good as new.
type bench struct {
	o      options
	folder string
	server *server
	client *client
}

func (b *bench) attempt(a attack) trial {
	for _, tool := range a.tools {
		if _, err := exec.LookPath(tool); err != nil {
			t := trial{attack: a}
			t.fail("needs %s", tool)
			return t
		}
	}
	own := a.files > 0 || len(a.settings) > 0
	if own {
		b.drop()
	}
	if b.server == nil {
		if err := b.start(a); err != nil {
			b.drop()
			t := trial{attack: a}
			t.fail("%s", err)
			return t
		}
	}
	t := run(a, b.server, b.client, b.o)
	if own || t.broken || a.ends || b.server.rss() > b.server.first.rss+maxGrowth*3/4 {
		b.drop()
	}
	return t
}

func (b *bench) start(a attack) (err error) {
	if b.server, err = startServer(b.o, a, b.folder); err != nil {
		return err
	}
	if b.client, err = newClient(b.server.target.GRPC, cdnHost); err != nil {
		return err
	}
	// The compiler has to share the server's core: not at full rate from the beginning.
	half := time.Duration(b.o.warmUp / 2 * float64(time.Second))
	b.client.setRate(callsPerSecond / 4)
	pass(b.client, half)
	b.client.setRate(callsPerSecond)
	pass(b.client, half)
	for begin := time.Now(); ; {
		last := pass(b.client, time.Second)
		if last.lost == 0 {
			b.server.first = b.server.usage()
			return nil
		}
		if time.Since(begin) > warmLimit {
			return fmt.Errorf("the server loses calls before any attack: %s", reasons(last))
		}
	}
}

// drop ends the server; the next attack gets a new one.
func (b *bench) drop() {
	if b.client != nil {
		b.client.close()
	}
	if b.server != nil {
		b.server.stop()
	}
	b.client, b.server = nil, nil
}

func (t *trial) summary() string {
	text := fmt.Sprintf("p99 %s → %s → %s, lost %d, +%d MiB", ms(t.quiet.third), ms(t.during.third), ms(t.after.p99),
		t.during.lost+t.after.lost, max(0, (t.peak.rss-t.before.rss)>>20))
	if t.exit > 0 {
		text = fmt.Sprintf("ended %.1f s after SIGTERM, lost %d", t.exit.Seconds(), t.during.lost)
	}
	if len(t.failures) > 0 {
		text += "  FAILED: " + strings.Join(t.failures, "; ")
	}
	return text
}
