package main

import (
	"syscall"
	"time"
)

// The server's process: stopped for a while, or told to end while clients dawdle.

func init() {
	stop := func(seconds float64) func(*target) {
		return func(t *target) {
			must(syscall.Kill(t.PID, syscall.SIGSTOP))
			time.Sleep(time.Duration(seconds * float64(time.Second)))
			must(syscall.Kill(t.PID, syscall.SIGCONT))
			// For the calls whose deadline passes while the server catches up.
			time.Sleep(time.Second)
		}
	}
	add(attack{name: "stall", port: noPort, stops: true,
		what: "The process is stopped for 3 s: the well-behaved client's own cancels are no attack.",
		run:  stop(3)})
	add(attack{name: "stop-10", port: noPort, stops: true,
		what: "SIGSTOP, and SIGCONT 10 s later.",
		run:  stop(10)})
	add(attack{name: "terminate-slow", port: noPort, ends: true,
		what: "SIGTERM while prefaces, headers and requests are half-sent, answers unread and streams endless.",
		run: func(t *target) {
			for _, name := range []string{"slow-prefaces", "slow-headers", "slow-requests", "unfinished", "zero-windows", "watches",
				"reflection-streams", "idle", "tls-partial"} {
				go find(name).run(t)
			}
			select {}
		}})
}
