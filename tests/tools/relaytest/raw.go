// Peers that speak HTTP/2 frame by frame (RFC 9113), for what grpc-go hides or
// would never send.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rawStream is what came for one stream, in order.
type rawStream struct {
	blocks [][]hpack.HeaderField
	shape  []string // kinds of frames; DATA that follows DATA is one
	data   []byte
	ended  bool // by END_STREAM or RST_STREAM
}

type rawConn struct {
	net.Conn
	framer *http2.Framer
	write  sync.Mutex
	block  bytes.Buffer
	hpack  *hpack.Encoder

	mu      sync.Mutex
	streams map[uint32]*rawStream
	pongs   int
	closed  bool

	onRequest func(c *rawConn, id uint32, fields []hpack.HeaderField)
}

func newRawConn(conn net.Conn) *rawConn {
	c := &rawConn{Conn: conn, framer: http2.NewFramer(conn, conn), streams: map[uint32]*rawStream{}}
	c.framer.AllowIllegalWrites = true
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.MaxHeaderListSize = 64 << 20
	c.hpack = hpack.NewEncoder(&c.block)
	return c
}

// rawDial is a client that has said its preface and reads.
func (w *world) rawDial(path string, settings ...http2.Setting) *rawConn {
	c := w.rawUnread(path, settings...)
	go c.readAll()
	return c
}

// rawUnread never reads.
func (w *world) rawUnread(path string, settings ...http2.Setting) *rawConn {
	conn := w.plainDial(path)
	_, err := conn.Write([]byte(http2.ClientPreface))
	must(err)
	c := newRawConn(conn)
	must(c.framer.WriteSettings(settings...))
	return c
}

func (w *world) plainDial(path string) net.Conn {
	conn, err := net.Dial("unix", path)
	must(err)
	w.t.atEnd(func(bool) { conn.Close() })
	return conn
}

// rawWorld has a raw server as its backend.
func (t *T) rawWorld(onRequest func(c *rawConn, id uint32, fields []hpack.HeaderField)) *world {
	path := filepath.Join(t.dir, "b")
	listener, err := net.Listen("unix", path)
	must(err)
	t.atEnd(func(bool) { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go rawServe(conn, onRequest)
		}
	}()
	return t.before(path, "")
}

func rawServe(conn net.Conn, onRequest func(c *rawConn, id uint32, fields []hpack.HeaderField)) {
	defer conn.Close()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	c := newRawConn(conn)
	c.onRequest = onRequest
	c.framer.WriteSettings(http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: 64 << 20})
	c.readAll()
}

// stream is what is known of one; the lock must be held.
func (c *rawConn) stream(id uint32) *rawStream {
	if c.streams[id] == nil {
		c.streams[id] = &rawStream{}
	}
	return c.streams[id]
}

func (s *rawStream) add(kind string, end bool) {
	if end {
		kind += " END"
	}
	if n := len(s.shape); n > 0 && strings.HasPrefix(kind, "DATA") && s.shape[n-1] == "DATA" {
		s.shape = s.shape[:n-1]
	}
	s.shape = append(s.shape, kind)
	s.ended = s.ended || end
}

func (c *rawConn) readAll() {
	for {
		frame, err := c.framer.ReadFrame()
		if e, ok := err.(http2.StreamError); ok {
			c.mu.Lock()
			c.stream(e.StreamID).add("INVALID", true)
			c.mu.Unlock()
			continue
		}
		if err != nil {
			c.mu.Lock()
			c.closed = true
			c.mu.Unlock()
			return
		}
		c.take(frame)
	}
}

func (c *rawConn) take(frame http2.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := frame.Header().StreamID
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			go c.frames(func(f *http2.Framer) { f.WriteSettingsAck() })
		}
	case *http2.PingFrame:
		data := f.Data
		if f.IsAck() {
			c.pongs++
		} else {
			go c.frames(func(f *http2.Framer) { f.WritePing(true, data) })
		}
	case *http2.MetaHeadersFrame:
		s := c.stream(id)
		fields := append([]hpack.HeaderField(nil), f.Fields...)
		s.blocks = append(s.blocks, fields)
		s.add("HEADERS", f.StreamEnded())
		if c.onRequest != nil {
			go c.onRequest(c, id, fields)
		}
	case *http2.DataFrame:
		s := c.stream(id)
		s.data = append(s.data, f.Data()...)
		s.add("DATA", f.StreamEnded())
		if n := f.Header().Length; n > 0 {
			go c.frames(func(f *http2.Framer) { f.WriteWindowUpdate(0, n); f.WriteWindowUpdate(id, n) })
		}
	case *http2.RSTStreamFrame:
		c.stream(id).add("RST "+f.ErrCode.String(), true)
	}
}

// frames writes some without others between them.
func (c *rawConn) frames(f func(f *http2.Framer)) {
	c.write.Lock()
	defer c.write.Unlock()
	f(c.framer)
}

// headers writes a block, in as many frames as it takes; pairs are names and values.
func (c *rawConn) headers(id uint32, end bool, pairs ...string) {
	c.frames(func(f *http2.Framer) {
		c.block.Reset()
		for i := 0; i+1 < len(pairs); i += 2 {
			c.hpack.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
		}
		rest := c.block.Bytes()
		for first := true; first || len(rest) > 0; first = false {
			n := len(rest)
			if n > 16384 {
				n = 16384
			}
			last := n == len(rest)
			if first {
				f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: rest[:n],
					EndStream: end, EndHeaders: last})
			} else {
				f.WriteContinuation(id, last, rest[:n])
			}
			rest = rest[n:]
		}
	})
}

func (c *rawConn) request(id uint32, path string, more ...string) {
	c.headers(id, false, append([]string{":method", "POST", ":scheme", "http", ":path", path,
		":authority", "a.runtime", "te", "trailers", "content-type", "application/grpc"}, more...)...)
}

func (c *rawConn) data(id uint32, end bool, data string) {
	c.frames(func(f *http2.Framer) { f.WriteData(id, end, []byte(data)) })
}

func (c *rawConn) reset(id uint32, code http2.ErrCode) {
	c.frames(func(f *http2.Framer) { f.WriteRSTStream(id, code) })
}

// framed is a gRPC message as DATA carries it.
func framed(text string) string {
	n := len(text)
	return string([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + text
}

// ask makes a whole unary request.
func (c *rawConn) ask(id uint32, path, text string, more ...string) {
	c.request(id, path, more...)
	c.data(id, true, framed(text))
}

// look reads what came for a stream, under the lock.
func (c *rawConn) look(id uint32, f func(s *rawStream)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.stream(id))
}

func (c *rawConn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// waitEnd waits until the peer has ended a stream; a backend's handler uses it.
func (c *rawConn) waitEnd(id uint32) (ended bool) {
	for i := 0; i < 2500 && !ended && !c.isClosed(); i++ {
		c.look(id, func(s *rawStream) { ended = s.ended })
		time.Sleep(2 * time.Millisecond)
	}
	return ended
}

func value(blocks [][]hpack.HeaderField, name string) string {
	for _, block := range blocks {
		for _, f := range block {
			if f.Name == name {
				return f.Value
			}
		}
	}
	return ""
}

// outcome waits for how a stream ends: "status N", "RST CODE" or "closed".
func (c *rawConn) outcome(id uint32, limit time.Duration) (text string) {
	eventually(limit, fmt.Sprintf("stream %d ends", id), func() bool {
		closed := c.isClosed()
		c.look(id, func(s *rawStream) {
			if status := value(s.blocks, "grpc-status"); status != "" && s.ended {
				text = "status " + status
			} else if s.ended {
				text = s.shape[len(s.shape)-1]
			} else if closed {
				text = "closed"
			}
		})
		return text != ""
	})
	return text
}

// answerEcho is what a raw backend does with calls it has nothing special for.
func answerEcho(c *rawConn, id uint32) {
	if !c.waitEnd(id) {
		return
	}
	var data string
	c.look(id, func(s *rawStream) { data = string(s.data) })
	c.headers(id, false, ":status", "200", "content-type", "application/grpc")
	c.data(id, false, data)
	c.headers(id, true, "grpc-status", "0")
}
