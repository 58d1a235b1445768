package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The admin port, by HTTP/1.1.

func init() {
	const clients = 200
	hold := func(name, what, request string) {
		add(attack{name: name, port: adminPort, what: what, run: eachTCP(clients, adminPort, func(c net.Conn) error {
			if _, err := io.WriteString(c, request); err != nil {
				return err
			}
			return untilClosed(c)
		})})
	}
	hold("admin-half-headers", "200 connections with half a request each.", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n")
	hold("admin-half-bodies", "200 connections with half a body each.",
		"POST /loads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
	hold("admin-many-headers", "200 connections with 4 000 headers each.",
		"GET / HTTP/1.1\r\nHost: localhost\r\n"+strings.Repeat("a:\r\n", 4000))

	add(attack{name: "admin-unread", port: adminPort,
		what: "200 connections that ask for the metrics 50 times and read no answer.",
		run: eachTCP(clients, adminPort, func(c net.Conn) error {
			_ = c.(*net.TCPConn).SetReadBuffer(4096)
			if _, err := io.WriteString(c, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 50)); err != nil {
				return err
			}
			time.Sleep(time.Hour)
			return nil
		})})
	add(attack{name: "admin-pipelined", port: adminPort,
		what: "Requests without end on one connection after another, none of whose answers is read (CVE-2026-93491).",
		run: eachTCP(4, adminPort, func(c net.Conn) error {
			_ = c.(*net.TCPConn).SetReadBuffer(4096)
			requests := []byte(strings.Repeat("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000))
			for {
				n, err := c.Write(requests)
				stats.bytes.Add(int64(n))
				if err != nil {
					return err
				}
			}
		})})
	add(attack{name: "admin-slow-headers", port: adminPort,
		what: "200 connections that send a request one byte a second.",
		run: eachTCP(clients, adminPort, func(c net.Conn) error {
			return slowly(c, []byte("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), time.Second)
		})})

	requests := func(name, what string, request func(*target) *http.Request) {
		add(attack{name: name, port: adminPort, what: what, run: func(t *target) {
			client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: clients}, Timeout: 20 * time.Second}
			parallel(clients, func() error {
				for {
					answer, err := client.Do(request(t))
					if err != nil {
						stats.failed.Add(1)
						return err
					}
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
					stats.opened.Add(1)
				}
			})
		}})
	}
	requests("admin-scrapes", "200 scrapes at once, over and over.", func(t *target) *http.Request {
		return newRequest("GET", t.Admin, "/metrics", nil)
	})
	requests("admin-wrong-tokens", "200 clients that guess the token, as fast as they can.", func(t *target) *http.Request {
		request := newRequest("POST", t.Admin, "/loads", strings.NewReader("{}"))
		request.Header.Set("Authorization", fmt.Sprintf("Bearer guess-%d", time.Now().UnixNano()))
		return request
	})
	requests("admin-endless-bodies", "200 requests with a body without end.", func(t *target) *http.Request {
		request := newRequest("POST", t.Admin, "/loads", endless{})
		request.Header.Set("Authorization", "Bearer "+t.Token)
		return request
	})
	requests("admin-explain", "200 explanations of 250 calls for a long URL at once.", func(t *target) *http.Request {
		return newRequest("GET", t.Admin, "/explain?calls=250&video=http://s1.origin-cluster/"+strings.Repeat("a", 1000), nil)
	})
}

func newRequest(method, address, path string, body io.Reader) *http.Request {
	request, err := http.NewRequest(method, "http://"+address+path, body)
	must(err)
	return request
}

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
