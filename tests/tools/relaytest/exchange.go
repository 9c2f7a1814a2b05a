// An exchange is made directly and through pullgate, each end notes what it saw
// line by line, and the lines have to be the same.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// transport are the headers that may differ, since each connection has its own.
var transport = map[string]string{
	"user-agent":           "gRPC C core sets its own, whatever it is told",
	"te":                   "says that this client takes trailers",
	"content-type":         "C core always says application/grpc, without a subtype",
	"grpc-accept-encoding": "what this peer could decompress",
	"accept-encoding":      "the same for streams",
	"grpc-encoding":        "compression is undone by C core",
	"grpc-timeout":         "rounded up by C core (see the deadline test)",
}

// exchange is what both ends do.
type exchange struct {
	method          string
	send            metadata.MD
	ask             []string
	header, trailer metadata.MD
	answer          []string
	result          error
	early           bool // the backend reads no request
	reluctant       bool // the client waits before and between reads
	options         []grpc.CallOption
}

// record is what was seen, in lines.
type record struct{ client, backend []string }

// stage is a backend that plays the exchange it was given.
type stage struct {
	mu    sync.Mutex
	e     exchange
	lines []string
	done  chan struct{}
}

func told256(text string) string {
	if len(text) <= 64 {
		return fmt.Sprintf("message %q", text)
	}
	return fmt.Sprintf("message of %d bytes, sha256 %x", len(text), sha256.Sum256([]byte(text)))
}

func listed(what string, md metadata.MD) (lines []string) {
	for key, values := range md {
		if _, ok := transport[key]; !ok {
			lines = append(lines, fmt.Sprintf("%s %s: %q", what, key, values))
		}
	}
	sort.Strings(lines)
	return lines
}

func (b *stage) handle(_ interface{}, stream grpc.ServerStream) error {
	b.mu.Lock()
	e, done := b.e, b.done
	b.mu.Unlock()
	defer close(done)
	var lines []string
	method, _ := grpc.MethodFromServerStream(stream)
	md, _ := metadata.FromIncomingContext(stream.Context())
	lines = append(append(lines, "method "+method), listed("metadata", md)...)
	err := b.play(e, stream, &lines)
	b.mu.Lock()
	b.lines = lines
	b.mu.Unlock()
	return err
}

func (b *stage) play(e exchange, stream grpc.ServerStream, lines *[]string) error {
	for !e.early {
		var in string
		if err := stream.RecvMsg(&in); err == io.EOF {
			*lines = append(*lines, "end of requests")
			break
		} else if err != nil {
			*lines = append(*lines, "error "+err.Error())
			return err
		}
		*lines = append(*lines, told256(in))
	}
	if e.header != nil {
		if err := stream.SendHeader(e.header); err != nil {
			return err
		}
	}
	stream.SetTrailer(e.trailer)
	for i := range e.answer {
		if err := stream.SendMsg(&e.answer[i]); err != nil {
			return err
		}
	}
	return e.result
}

// once makes the exchange over one connection.
// sorted is a copy in order.
func sorted(lines []string) []string {
	out := append([]string(nil), lines...)
	sort.Strings(out)
	return out
}

func (b *stage) once(c *grpc.ClientConn, e exchange) (r record) {
	b.mu.Lock()
	b.e, b.lines, b.done = e, nil, make(chan struct{})
	done := b.done
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second*slack())
	defer cancel()
	r.client = e.clientSide(metadata.NewOutgoingContext(ctx, e.send), c)
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		r.client = append(r.client, "the backend never saw the end of it")
	}
	b.mu.Lock()
	r.backend = b.lines
	b.mu.Unlock()
	return r
}

func (e exchange) clientSide(ctx context.Context, c *grpc.ClientConn) (lines []string) {
	stream, err := c.NewStream(ctx, bidi, e.method, e.options...)
	if err != nil {
		return []string{"no stream: " + err.Error()}
	}
	for i := range e.ask {
		if stream.SendMsg(&e.ask[i]) != nil {
			break
		}
	}
	stream.CloseSend()
	header, _ := stream.Header()
	lines = listed("header", header)
	if e.reluctant {
		time.Sleep(300 * time.Millisecond)
	}
	for err == nil {
		var text string
		if text, err = receive(stream); err == nil {
			lines = append(lines, told256(text))
		}
		if e.reluctant {
			time.Sleep(500 * time.Microsecond)
		}
	}
	lines = append(lines, listed("trailer", stream.Trailer())...)
	if err == io.EOF {
		return append(lines, "status OK")
	}
	s := status.Convert(err)
	return append(lines, fmt.Sprintf("status %d %q details %v", s.Code(), s.Message(), s.Proto().GetDetails()))
}

// differences shows the lines that only one of them has.
func differences(direct, through []string) string {
	in := func(all []string, line string) (n int) {
		for _, l := range all {
			if l == line {
				n++
			}
		}
		return n
	}
	var out []string
	add := func(word string, these, those []string) {
		for _, line := range these {
			if in(these, line) != in(those, line) && len(out) < 12 {
				if len(line) > 400 {
					line = line[:400] + "…"
				}
				out = append(out, word+line)
			}
		}
	}
	add("only direct:  ", direct, through)
	add("only through: ", through, direct)
	if len(out) == 0 && strings.Join(direct, "\n") != strings.Join(through, "\n") {
		out = append(out, fmt.Sprintf("in another order:\n%.1000q\n%.1000q", direct, through))
	}
	return strings.Join(out, "\n")
}

// alike makes every exchange both ways and compares; all that differ are told.
func alike(exchanges func() []exchange) func(t *T) {
	return func(t *T) {
		b := &stage{}
		w := t.world(b.handle)
		direct, through := w.dial(w.backend), w.dial(w.through)
		var problems []string
		for _, e := range exchanges() {
			want, got := b.once(direct, e), b.once(through, e)
			last := want.client[len(want.client)-1]
			check(strings.HasPrefix(last, fmt.Sprintf("status %d ", e.code())) || e.code() == codes.OK && last == "status OK",
				"%s: the exchange itself goes wrong: %.1000q", e.method, want.client)
			if d := differences(want.client, got.client); d != "" {
				problems = append(problems, fmt.Sprintf("%.100q, the client:\n%s", e.method, d))
			}
			if d := differences(want.backend, got.backend); d != "" {
				problems = append(problems, fmt.Sprintf("%.100q, the backend:\n%s", e.method, d))
			}
		}
		check(len(problems) == 0, "%s", strings.Join(problems, "\n"))
	}
}

func (e exchange) code() codes.Code { return status.Code(e.result) }
