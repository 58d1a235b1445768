package main

import (
	"fmt"
	"slices"
	"strings"
)

// The ports that attacks go to.
const (
	grpcPort  = "grpc"
	tlsPort   = "tls"
	adminPort = "admin"
	noPort    = "process"
)

// attack is an entry of the suite. It runs in a process of its own, which is killed when its time is up: all its
// connections then end at once.
type attack struct {
	name string
	// what it does, in one sentence
	what string
	port string
	// run attacks until it is killed, or returns to end the attack earlier.
	run func(*target)

	// files is the limit of open files that the server is started with; 0 for no other than usual.
	files int
	// settings of the server, as VARIABLE=VALUE.
	settings []string
	// stops is true of an attack that stops the server's process for a while: calls may then be lost, connections not.
	stops bool
	// ends is true if the server is sent SIGTERM while the attack goes on.
	ends bool
	// tools that it needs besides Go.
	tools []string
}

// target is the server as an attack sees it.
type target struct {
	GRPC, TLS, Admin string // host:port
	Token            string // of the admin port
	PID              int
	Seconds          float64 // that the attack lasts
}

func (t *target) address(port string) string {
	return map[string]string{grpcPort: t.GRPC, tlsPort: t.TLS, adminPort: t.Admin}[port]
}

var attacks []attack

// add puts an attack into the suite; called by the init functions of the files attacks_*.go.
func add(a attack) {
	if find(a.name) != nil {
		panic("two attacks are called " + a.name)
	}
	attacks = append(attacks, a)
}

func find(name string) *attack {
	i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return &attacks[i]
}

// choose returns the attacks of these names, all without names. A name that ends in * stands for all that begin so.
func choose(names []string) ([]attack, error) {
	if len(names) == 0 {
		return attacks, nil
	}
	var chosen []attack
	for _, name := range names {
		prefix, isPrefix := strings.CutSuffix(name, "*")
		found := false
		for _, a := range attacks {
			if a.name == name || isPrefix && strings.HasPrefix(a.name, prefix) {
				chosen = append(chosen, a)
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("no attack is called %s; see --list", name)
		}
	}
	return chosen, nil
}
