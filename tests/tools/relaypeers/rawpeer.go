// Peers that speak HTTP/2 frame by frame (RFC 9113), for what no gRPC library
// would send.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rawStream is what came for one stream.
type rawStream struct {
	headers []hpack.HeaderField
	data    []byte
	ended   bool
	reset   http2.ErrCode
	wasRST  bool
}

type rawPeer struct {
	conn   net.Conn
	framer *http2.Framer
	write  sync.Mutex
	encode bytes.Buffer
	hpack  *hpack.Encoder

	lock    sync.Mutex
	streams map[uint32]*rawStream
	closed  bool
	onHead  func(id uint32) // of a server: a request's headers are complete
}

func newRawPeer(conn net.Conn, onHead func(p *rawPeer, id uint32)) *rawPeer {
	p := &rawPeer{conn: conn, framer: http2.NewFramer(conn, conn), streams: map[uint32]*rawStream{}}
	p.framer.AllowIllegalWrites = true
	p.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.framer.MaxHeaderListSize = 64 << 20
	p.hpack = hpack.NewEncoder(&p.encode)
	if onHead != nil {
		p.onHead = func(id uint32) { onHead(p, id) }
	}
	must(p.framer.WriteSettings())
	go p.readAll()
	return p
}

// rawDial is a client that has said its preface.
func rawDial(path string) *rawPeer {
	conn, err := net.Dial("unix", path)
	must(err)
	_, err = conn.Write([]byte(http2.ClientPreface))
	must(err)
	return newRawPeer(conn, nil)
}

// rawServe is a server on a path; each of its connections is a peer.
func rawServe(path string, onHead func(p *rawPeer, id uint32)) {
	listener, err := net.Listen("unix", path)
	must(err)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			preface := make([]byte, len(http2.ClientPreface))
			if _, err := io.ReadFull(conn, preface); err == nil {
				newRawPeer(conn, onHead)
			} else {
				conn.Close()
			}
		}
	}()
}

func (p *rawPeer) stream(id uint32) *rawStream {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.streams[id] == nil {
		p.streams[id] = &rawStream{}
	}
	return p.streams[id]
}

func (p *rawPeer) readAll() {
	for {
		frame, err := p.framer.ReadFrame()
		if _, ok := err.(http2.StreamError); ok {
			continue
		}
		if err != nil {
			p.lock.Lock()
			p.closed = true
			p.lock.Unlock()
			return
		}
		p.take(frame)
	}
}

func (p *rawPeer) take(frame http2.Frame) {
	id := frame.Header().StreamID
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			p.locked(func() { p.framer.WriteSettingsAck() })
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			p.locked(func() { p.framer.WritePing(true, f.Data) })
		}
	case *http2.MetaHeadersFrame:
		s := p.stream(id)
		p.lock.Lock()
		s.headers = append(s.headers, f.Fields...)
		s.ended = s.ended || f.StreamEnded()
		p.lock.Unlock()
		if p.onHead != nil {
			p.onHead(id)
		}
	case *http2.DataFrame:
		s := p.stream(id)
		p.lock.Lock()
		s.data = append(s.data, f.Data()...)
		s.ended = s.ended || f.StreamEnded()
		p.lock.Unlock()
	case *http2.RSTStreamFrame:
		s := p.stream(id)
		p.lock.Lock()
		s.wasRST, s.reset, s.ended = true, f.ErrCode, true
		p.lock.Unlock()
	}
}

func (p *rawPeer) locked(f func()) {
	p.write.Lock()
	defer p.write.Unlock()
	f()
}

// headers writes a header block, in as many frames as it takes.
func (p *rawPeer) headers(id uint32, end bool, pairs ...string) {
	p.locked(func() {
		p.encode.Reset()
		for i := 0; i+1 < len(pairs); i += 2 {
			p.hpack.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
		}
		block := append([]byte(nil), p.encode.Bytes()...)
		for first := true; first || len(block) > 0; first = false {
			n := len(block)
			if n > 16384 {
				n = 16384
			}
			if first {
				p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:n],
					EndStream: end, EndHeaders: n == len(block)})
			} else {
				p.framer.WriteContinuation(id, n == len(block), block[:n])
			}
			block = block[n:]
		}
	})
}

func (p *rawPeer) request(id uint32, path string, more ...string) {
	p.headers(id, false, append([]string{":method", "POST", ":scheme", "http", ":path", path,
		":authority", "localhost", "te", "trailers", "content-type", "application/grpc"}, more...)...)
}

// message is a gRPC message as DATA carries it.
func message(text string) []byte {
	n := len(text)
	return append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, text...)
}

func (p *rawPeer) data(id uint32, end bool, data []byte) {
	p.locked(func() { p.framer.WriteData(id, end, data) })
}

// outcome waits for a stream's end: its grpc-status, or how it was reset, or
// that the connection was closed.
func (p *rawPeer) outcome(id uint32, limit time.Duration) string {
	s := p.stream(id)
	text := ""
	eventually(limit, fmt.Sprintf("stream %d ends", id), func() bool {
		p.lock.Lock()
		defer p.lock.Unlock()
		for _, f := range s.headers {
			if f.Name == "grpc-status" && (s.ended || text == "") {
				text = "status " + f.Value
			}
		}
		if text == "" && s.wasRST {
			text = "reset " + s.reset.String()
		}
		if text == "" && p.closed {
			text = "closed"
		}
		return text != ""
	})
	return text
}

func (p *rawPeer) isClosed() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.closed
}
