// Whole exchanges: names, metadata, statuses, sizes, compression, and the frames
// themselves.
package main

import (
	"fmt"
	"strings"

	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	spb "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/golang/protobuf/ptypes/any"
)

func transparencyTests() []test {
	return []test{
		{name: "a call of any service and method passes, known or not", run: alike(methods)},
		{name: "no, one, two or fifty messages pass each way", run: alike(cardinalities)},
		{name: "metadata of request, header and trailer pass: repeated, empty, binary, trace context", run: alike(metadatas)},
		{name: "a thousand header entries and a megabyte of them pass each way", run: alike(largeMetadata)},
		{name: "every status passes with its text and its details, with and without messages before it", run: alike(statuses)},
		{name: "a status that no code stands for passes", run: alike(oddStatus)},
		{name: "300 messages before an error all reach a slow reader", run: alike(errorAtLast)},
		{name: "a backend that answers before it was asked is heard, whatever the client still sends", run: alike(early)},
		{name: "messages of 0 B, 1 B, around the frame sizes, 4 MiB + 1 and 64 MiB pass both ways", run: alike(sizes), limit: usualLimit * 2},
		{name: "gzip requests and answers arrive with the same content", run: alike(gzipped)},
		{name: "a backend that compresses every answer is understood", run: gzipAlways},
		{name: "header fields arrive in order, byte for byte", run: inOrder},
		{name: "answers keep their frames' shape: trailers alone stay alone", run: shapes},
		{name: "what gRPC C core takes as its own differs as documented, and nothing else", run: documented},
		{name: "headers that C core knows by name pass like any other", run: namesKnownToCore},
		{name: "an OK keeps the message that came with it", run: okWithMessage},
	}
}

func methods() (all []exchange) {
	for _, method := range []string{"/runtime.v1.RuntimeService/Version", "/containerd.services.images.v1.Images/List",
		"/a/b", "/x.Y/z-1_2.3~", "/deep/er/path/method", "/a//b", "/a b/c d", "/%2e%2F/%00%ff", "/a/?x=1&y=2#z",
		"/!$&'()*+,;=:@/\"<>[]^`{|}", "/ünï/çôdé", "/long/" + strings.Repeat("m", 4000)} {
		all = append(all, exchange{method: method, ask: []string{"ask"}, answer: []string{"answer"}})
	}
	return all
}

func cardinalities() (all []exchange) {
	for _, n := range []int{0, 1, 2, 50} {
		for _, m := range []int{0, 1, 2, 50} {
			e := exchange{method: fmt.Sprintf("/c.C/From%dTo%d", n, m)}
			for i := 0; i < n; i++ {
				e.ask = append(e.ask, fmt.Sprint("ask ", i))
			}
			for i := 0; i < m; i++ {
				e.answer = append(e.answer, fmt.Sprint("answer ", i))
			}
			all = append(all, e)
		}
	}
	return all
}

func allBytes() string {
	var b [256]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}

// printable is all that a header's value may have (RFC 9110, section 5.5).
func printable() string {
	var b []byte
	for i := byte(0x21); i < 0x7f; i++ {
		b = append(b, i)
	}
	return string(b) + " inside " + string(b)
}

// inAllPlaces are exchanges with this in each place that metadata can be in.
func inAllPlaces(md metadata.MD) []exchange {
	ask, answer := []string{"ask"}, []string{"answer"}
	no := status.Error(codes.Aborted, "no")
	return []exchange{
		{method: "/m/Request", send: md, ask: ask, answer: answer},
		{method: "/m/Header", header: md, ask: ask, answer: answer},
		{method: "/m/Trailer", trailer: md, ask: ask, answer: answer},
		{method: "/m/Everywhere", send: md, header: md, trailer: md, ask: ask, answer: answer},
		{method: "/m/TrailerAlone", trailer: md, ask: ask, result: no},
		{method: "/m/HeaderAndError", header: md, ask: ask, result: no},
		{method: "/m/AllAndError", header: md, trailer: md, ask: ask, answer: answer, result: no},
	}
}

func metadatas() []exchange {
	return append(inAllPlaces(metadata.Pairs("plain", printable(), "twice", "one", "twice", "two", "twice", "one",
		"empty", "", "bytes-bin", allBytes(), "bytes-bin", "\x00", "bytes-bin", "", "empty-bin", "",
		"commas", "a,b, c", "long", strings.Repeat("v", 10000),
		"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate", "a=b,c=d",
		"baggage", "k=v", "containerd-namespace", "k8s.io", "authorization", "Bearer x", "x_under.score-1", "v")),
		exchange{method: "/m/None", ask: []string{"ask"}, answer: []string{"answer"}},
		exchange{method: "/m/EmptyHeader", header: metadata.MD{}, ask: []string{"ask"}, answer: []string{"answer"}})
}

func largeMetadata() []exchange {
	many := metadata.MD{}
	for i := 0; i < 1000; i++ {
		many.Append(fmt.Sprintf("key-%d", i%500), fmt.Sprint("value ", i))
	}
	return append(inAllPlaces(many), inAllPlaces(metadata.Pairs("large", strings.Repeat("v", 1<<20),
		"large-bin", strings.Repeat(allBytes(), 1000)))...)
}

func detailed(code codes.Code, text string) error {
	return status.FromProto(&spb.Status{Code: int32(code), Message: text,
		Details: []*any.Any{{TypeUrl: "type.example/x", Value: []byte(allBytes())}}}).Err()
}

func statuses() (all []exchange) {
	texts := []string{"", "plain", "per%cent %41 %", "lines\nand\r\ntabs\t\x00\x7f", "ünïcödé 日本 🚪",
		" spaces ", strings.Repeat("long ", 820)}
	ask := []string{"ask"}
	all = append(all, exchange{method: "/s/0", ask: ask})
	for code := codes.Code(1); code <= 16; code++ {
		for i, text := range texts {
			e := exchange{method: fmt.Sprintf("/s/%d", code), ask: ask, result: status.Error(code, text)}
			all = append(all, e)
			e.answer = []string{"one", "two"}
			if i%2 == 0 {
				e.result = detailed(code, text)
			}
			all = append(all, e)
		}
		all = append(all, exchange{method: "/s/details", ask: ask, result: detailed(code, "told")})
	}
	return all
}

func oddStatus() []exchange {
	ask := []string{"ask"}
	return []exchange{{method: "/s/17", ask: ask, result: status.Error(17, "odd")},
		{method: "/s/99", ask: ask, answer: ask, result: status.Error(99, "odder")}}
}

func errorAtLast() []exchange {
	e := exchange{method: "/e/ErrorAtLast", ask: []string{"ask"}, reluctant: true, result: status.Error(codes.DataLoss, "at last")}
	for i := 0; i < 300; i++ {
		e.answer = append(e.answer, strings.Repeat(fmt.Sprint(i, " "), 200))
	}
	again := e
	again.method, again.early = "/e/ErrorAtOnce", true
	return []exchange{e, again}
}

func early() []exchange {
	many := make([]string, 200)
	for i := range many {
		many[i] = strings.Repeat("unread", 1000)
	}
	no := status.Error(codes.FailedPrecondition, "no need")
	large := []string{strings.Repeat("x", 8<<20)}
	return []exchange{
		{method: "/e/EarlyOk", early: true, ask: many, answer: []string{"done"}},
		{method: "/e/EarlyError", early: true, ask: many, result: no},
		{method: "/e/EarlyErrorAfterAnswers", early: true, ask: many, answer: []string{"a", "b"}, result: no},
		{method: "/e/EarlyLarge", early: true, ask: large, result: no},
		{method: "/e/NothingAsked", early: true, result: no},
	}
}

func sizes() (all []exchange) {
	for _, n := range []int{0, 1, 16378, 16379, 16384, 65530, 65536, 262144, 1 << 20, 4<<20 + 1, 64 << 20} {
		text := strings.Repeat("0123456789abcde\n", n/16+1)[:n]
		all = append(all, exchange{method: fmt.Sprint("/z/Size", n), ask: []string{text}, answer: []string{text}})
	}
	large := strings.Repeat("three ", 1<<20)
	return append(all, exchange{method: "/z/Empty", ask: []string{"", "", ""}, answer: []string{"", "", ""}},
		exchange{method: "/z/Mixed", ask: []string{"", large, "x", large}, answer: []string{large, "", large, "y"}})
}

func gzipped() (all []exchange) {
	for _, n := range []int{0, 1, 100000, 5 << 20} {
		text := strings.Repeat("compressible ", n/13+1)[:n]
		all = append(all, exchange{method: fmt.Sprint("/g/Gzip", n), ask: []string{text, text}, answer: []string{text},
			options: []grpc.CallOption{grpc.UseCompressor(gzip.Name)}})
	}
	return all
}

func gzipAlways(t *T) {
	w := t.world(echo, grpc.RPCCompressor(grpc.NewGZIPCompressor()))
	text := strings.Repeat("compressible ", 10000)
	w.bothWays(func(way string, c *grpc.ClientConn) {
		ctx, cancel := brief()
		defer cancel()
		for _, ask := range []string{"", "x", text} {
			got, err := invoke(ctx, c, "/g/Always", ask)
			check(err == nil && got == ask, "%s: %d bytes became %d, %v", way, len(ask), len(got), err)
		}
	})
}

// headerLines are the fields that have to be the same, in order.
func headerLines(fields []hpack.HeaderField) (pseudo, lines []string) {
	for _, f := range fields {
		if _, ok := transport[f.Name]; ok {
			continue
		}
		line := fmt.Sprintf("%s: %q", f.Name, f.Value)
		if strings.HasPrefix(f.Name, ":") {
			pseudo = append(pseudo, line)
		} else {
			lines = append(lines, line)
		}
	}
	return pseudo, lines
}

// mirror is a raw backend that answers with what it is told, and keeps what it saw.
type mirror struct {
	w             *world
	seen          chan []hpack.HeaderField
	header, trail []string
	trailersOnly  bool
}

func (t *T) mirror() *mirror {
	m := &mirror{seen: make(chan []hpack.HeaderField, 10)}
	m.w = t.rawWorld(func(c *rawConn, id uint32, fields []hpack.HeaderField) {
		if !c.waitEnd(id) {
			return
		}
		m.seen <- fields
		first := append([]string{":status", "200", "content-type", "application/grpc"}, m.header...)
		last := append([]string{"grpc-status", "0"}, m.trail...)
		if m.trailersOnly {
			c.headers(id, true, append(first, last...)...)
			return
		}
		c.headers(id, false, first...)
		c.data(id, false, framed("answer"))
		c.headers(id, true, last...)
	})
	return m
}

// ask gives what the backend saw, and what the client got.
func (m *mirror) ask(path string, more ...string) (request []hpack.HeaderField, answer [][]hpack.HeaderField) {
	c := m.w.rawDial(path)
	defer c.Close()
	c.ask(1, "/m/Mirror", "ask", more...)
	c.outcome(1, 5e9)
	c.look(1, func(s *rawStream) { answer = s.blocks })
	check(len(m.seen) == 1, "the backend saw %d requests", len(m.seen))
	return <-m.seen, answer
}

func (m *mirror) compare(more ...string) {
	same := func(what string, direct, through []hpack.HeaderField) {
		pseudoD, linesD := headerLines(direct)
		pseudoT, linesT := headerLines(through)
		d := differences(linesD, linesT)
		check(d == "", "%s:\n%s", what, d)
		check(fmt.Sprint(len(pseudoD)) == fmt.Sprint(len(pseudoT)) && differences(sorted(pseudoD), sorted(pseudoT)) == "",
			"%s: %q became %q", what, pseudoD, pseudoT)
	}
	wantR, wantA := m.ask(m.w.backend, more...)
	gotR, gotA := m.ask(m.w.through, more...)
	same("the request's headers", wantR, gotR)
	check(len(wantA) == len(gotA), "%d header blocks became %d", len(wantA), len(gotA))
	for i := range wantA {
		same([]string{"the answer's headers", "its trailers"}[i], wantA[i], gotA[i])
	}
}

func inOrder(t *T) {
	m := t.mirror()
	fields := []string{"z-first", "1", "b", "one", "a", "2", "b", "two", "empty", "", "empty", "", "b", "one",
		"bytes-bin", "AAEC/w", "bytes-bin", "", "mixed-bin", "+/8", "spaces", "in side", "punct", printable(), "a-last", "3"}
	m.header, m.trail = append(fields, "where", "header"), append(fields, "where", "trailer")
	m.compare(append(fields, "where", "request")...)
	m.compare("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate", "a=b", "tracestate", "c=d")
}

func shapes(t *T) {
	b := &stage{}
	w := t.world(b.handle)
	no := status.Error(codes.NotFound, "no")
	md := metadata.Pairs("k", "v")
	for _, e := range []exchange{
		{method: "/f/TrailersAlone", result: no},
		{method: "/f/TrailersAloneWithMetadata", result: no, trailer: md},
		{method: "/f/TrailersAloneOk"},
		{method: "/f/HeaderThenError", result: no, header: md},
		{method: "/f/Message", answer: []string{"one"}},
		{method: "/f/Messages", answer: []string{"one", "two"}, trailer: md},
		{method: "/f/MessageThenError", answer: []string{"one"}, result: no},
	} {
		var got [2]string
		for i, path := range []string{w.backend, w.through} {
			b.e, b.done = e, make(chan struct{})
			c := w.rawDial(path)
			c.ask(1, e.method, "ask")
			c.outcome(1, 5e9)
			c.look(1, func(s *rawStream) { got[i] = strings.Join(s.shape, ", ") })
			c.Close()
		}
		check(got[0] == got[1], "%s: direct %s; through %s", e.method, got[0], got[1])
	}
}

func valuesOf(fields []hpack.HeaderField, name string) (all []string) {
	for _, f := range fields {
		if f.Name == name {
			all = append(all, f.Value)
		}
	}
	return all
}

func documented(t *T) {
	m := t.mirror()
	lost := []string{"grpc-trace-bin", "AAAA", "grpc-tags-bin", "AAAA"}
	request, answer := m.ask(m.w.through, append(lost, "user-agent", "grpc-go/1.33.3", "content-type", "application/grpc+proto",
		"grpc-accept-encoding", "gzip", "grpc-encoding", "gzip")...)
	for _, want := range []struct {
		fields     []hpack.HeaderField
		name, text string
	}{
		{request, "user-agent", "[grpc-c/29.0.0 (linux; chttp2)]"},
		{request, "te", "[trailers]"},
		{request, "content-type", "[application/grpc]"},
		{request, "grpc-accept-encoding", "[identity, deflate, gzip]"},
		{request, "grpc-encoding", "[]"},
		{request, "grpc-timeout", "[]"},
		{request, "grpc-trace-bin", "[]"},
		{request, "grpc-tags-bin", "[]"},
		{answer[0], "content-type", "[application/grpc]"},
		{answer[0], "grpc-accept-encoding", "[identity, deflate, gzip]"},
		{answer[0], "grpc-encoding", "[]"},
	} {
		got := fmt.Sprint(valuesOf(want.fields, want.name))
		check(got == want.text, "%s is %s, and not %s as documented", want.name, got, want.text)
	}
	known := map[string]bool{}
	for _, f := range append(request, answer[0]...) {
		known[f.Name] = true
	}
	for name := range known {
		_, ok := transport[name]
		check(ok || name[0] == ':', "pullgate adds %s", name)
	}
}

func namesKnownToCore(t *T) {
	m := t.mirror()
	for _, name := range []string{"grpc-previous-rpc-attempts", "grpc-retry-pushback-ms", "lb-token", "x-envoy-peer-metadata",
		"date", "server", "via", "cookie", "referer", "accept", "content-length", "grpc-foo", "x-request-id", "if-match"} {
		value := map[string]string{"content-length": "8"}[name]
		if value == "" {
			value = "1"
		}
		func() {
			defer func() {
				if problem := recover(); problem != nil {
					t.note("%s: %s", name, told(problem))
					m.trail = append(m.trail, "failed", "yes")
				}
			}()
			m.compare(name, value)
		}()
	}
	check(m.trail == nil, "not all of them do")
}

func okWithMessage(t *T) {
	m := t.mirror()
	m.trail = []string{"grpc-message", "fine, thanks"}
	m.compare()
}
