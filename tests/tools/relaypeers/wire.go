// Transparency: the same exchange is made with the backend directly and through
// pullgate, and both ends have to see the same both times.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	rpb "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
)

// exchange is what both ends do.
type exchange struct {
	method          string
	send            metadata.MD
	requests        []string
	header, trailer metadata.MD
	answers         []string
	code            codes.Code
	text            string
	early           bool // the answer is given before the request is read
	gzip            bool
	timeout         time.Duration
}

// seen is what the two ends saw.
type seen struct {
	Method, Authority string
	Metadata          metadata.MD
	Requests          []string
	Header, Trailer   metadata.MD
	Answers           []string
	Code              codes.Code
	Text              string
	HasDeadline       bool
	remaining         time.Duration
}

// scripted is a backend that does what the exchange under way says.
type scripted struct {
	sync.Mutex
	e exchange
	s *seen
}

func (b *scripted) handle(_ interface{}, stream grpc.ServerStream) error {
	b.Lock()
	e, s := b.e, b.s
	b.Unlock()
	s.Method, _ = grpc.MethodFromServerStream(stream)
	s.Metadata, _ = metadata.FromIncomingContext(stream.Context())
	if end, ok := stream.Context().Deadline(); ok {
		s.HasDeadline, s.remaining = true, time.Until(end)
	}
	for !e.early {
		var in []byte
		if err := stream.RecvMsg(&in); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		s.Requests = append(s.Requests, string(in))
	}
	if e.header != nil {
		if err := stream.SendHeader(e.header); err != nil {
			return err
		}
	}
	for _, text := range e.answers {
		out := []byte(text)
		if err := stream.SendMsg(&out); err != nil {
			return err
		}
	}
	stream.SetTrailer(e.trailer)
	if e.code != codes.OK {
		return status.Error(e.code, e.text)
	}
	return nil
}

// What belongs to the transport, and may differ: gRPC C core sets its own.
var transport = []string{"user-agent", "content-type", "grpc-accept-encoding", "accept-encoding"}

func without(md metadata.MD, keys []string) metadata.MD {
	out := md.Copy()
	for _, key := range keys {
		delete(out, key)
	}
	return out
}

func (b *scripted) run(c client, e exchange) seen {
	s := &seen{}
	b.Lock()
	b.e, b.s = e, s
	b.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	if e.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, e.timeout)
	}
	defer cancel()
	ctx = metadata.NewOutgoingContext(ctx, e.send)
	options := []grpc.CallOption{grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(1 << 30)}
	if e.gzip {
		options = append(options, grpc.UseCompressor(gzip.Name))
	}
	stream, err := c.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true},
		e.method, options...)
	must(err)
	for _, text := range e.requests {
		in := []byte(text)
		if stream.SendMsg(&in) != nil {
			break
		}
	}
	stream.CloseSend()
	s.Header, _ = stream.Header()
	for {
		var out []byte
		if err = stream.RecvMsg(&out); err != nil {
			break
		}
		s.Answers = append(s.Answers, string(out))
	}
	s.Trailer = without(stream.Trailer(), transport)
	s.Header = without(s.Header, transport)
	s.Metadata = without(s.Metadata, transport)
	if err != io.EOF {
		s.Code, s.Text = status.Code(err), status.Convert(err).Message()
	}
	return *s
}

// ownQuestion is what pullgate asks of a runtime that it has just connected to.
const ownQuestion = "/runtime.v1.RuntimeService/Version"

// withoutOwn answers that question, so that the handler sees the exchanges alone.
func withoutOwn(handler grpc.StreamHandler) grpc.StreamHandler {
	return func(srv interface{}, s grpc.ServerStream) error {
		if method, _ := grpc.MethodFromServerStream(s); method == ownQuestion {
			return status.Error(codes.Unimplemented, "no runtime")
		}
		return handler(srv, s)
	}
}

// wired starts a scripted backend and gives clients: direct, and through.
func (w *world) wired(handler grpc.StreamHandler, more func(*grpc.Server)) (client, client) {
	w.dirs()
	listener, err := net.Listen("unix", w.runtime())
	must(err)
	server := grpc.NewServer(grpc.CustomCodec(raw{}), grpc.UnknownServiceHandler(withoutOwn(handler)),
		grpc.MaxRecvMsgSize(1<<30), grpc.MaxSendMsgSize(1<<30), grpc.MaxHeaderListSize(8<<20))
	if more != nil {
		more(server)
	}
	go server.Serve(listener)
	w.gate("")
	return dial(w.runtime()), dial(w.listen())
}

func short(v interface{}) string {
	text := fmt.Sprintf("%+v", v)
	if len(text) > 3000 {
		text = text[:3000] + "…"
	}
	return text
}

// sameBothWays makes each exchange twice.
func sameBothWays(exchanges ...exchange) func(w *world) {
	return func(w *world) {
		b := &scripted{}
		direct, through := w.wired(b.handle, nil)
		defer direct.Close()
		defer through.Close()
		for _, e := range exchanges {
			want, got := b.run(direct, e), b.run(through, e)
			want.remaining, got.remaining = 0, 0
			check(reflect.DeepEqual(want, got), "%s: direct\n%s\nthrough\n%s", e.method,
				short(want), short(got))
			check(want.Code == e.code, "the exchange itself went wrong: %s", short(want))
		}
	}
}

func allBytes() string {
	var b []byte
	for i := 0; i < 256; i++ {
		b = append(b, byte(i))
	}
	return string(b)
}

func printable() string {
	var b []byte
	for i := 0x21; i < 0x7f; i++ {
		b = append(b, byte(i))
	}
	return string(b) + " inside " + string(b)
}

func methods() (all []exchange) {
	for _, method := range []string{"/runtime.v1.RuntimeService/ListContainers", "/a/b", "/x.Y/z-1_2.3~%20",
		"/containerd.services.images.v1.Images/List", "/deep/er/path", "/a/" + strings.Repeat("m", 1000)} {
		all = append(all, exchange{method: method, requests: []string{"ask"}, answers: []string{"answer"}})
	}
	return all
}

func cardinalities() (all []exchange) {
	for _, n := range []int{0, 1, 2, 50} {
		for _, m := range []int{0, 1, 2, 50} {
			e := exchange{method: fmt.Sprintf("/c.C/From%dTo%d", n, m)}
			for i := 0; i < n; i++ {
				e.requests = append(e.requests, fmt.Sprint("request ", i))
			}
			for i := 0; i < m; i++ {
				e.answers = append(e.answers, fmt.Sprint("answer ", i))
			}
			all = append(all, e)
		}
	}
	return all
}

func headers() []exchange {
	md := metadata.Pairs("plain", printable(), "twice", "one", "twice", "two", "twice", "one",
		"empty", "", "bytes-bin", allBytes(), "bytes-bin", "second", "empty-bin", "",
		"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"tracestate", "a=b,c=d", "baggage", "k=v", "containerd-namespace", "k8s.io",
		"authorization", "Bearer x", "x_under.score-1", "v")
	many := metadata.MD{}
	for i := 0; i < 1000; i++ {
		many.Append(fmt.Sprintf("key-%d", i), fmt.Sprint(i))
	}
	large := metadata.Pairs("large", strings.Repeat("v", 1<<20))
	ask, answer := []string{"ask"}, []string{"answer"}
	return []exchange{
		{method: "/m/Request", send: md, requests: ask, answers: answer},
		{method: "/m/Header", header: md, requests: ask, answers: answer},
		{method: "/m/Trailer", trailer: md, requests: ask, answers: answer},
		{method: "/m/All", send: md, header: md, trailer: md, requests: ask, answers: answer},
		{method: "/m/TrailerAlone", trailer: md, requests: ask, code: codes.Aborted, text: "no"},
		{method: "/m/HeaderAndError", header: md, requests: ask, code: codes.Aborted, text: "no"},
		{method: "/m/Many", send: many, header: many, trailer: many, requests: ask, answers: answer},
		{method: "/m/Large", send: large, header: large, trailer: large, requests: ask, answers: answer},
	}
}

func statuses() (all []exchange) {
	texts := []string{"", "plain", "per%cent %41 and\nlines\tand ünïcödé 日本", strings.Repeat("long ", 800)}
	for code := codes.Code(1); code <= 17; code++ {
		for i, text := range texts {
			e := exchange{method: "/s/Status", requests: []string{"ask"}, code: code, text: text}
			if i%2 == 1 {
				e.answers = []string{"one", "two"}
				e.trailer = metadata.Pairs("grpc-status-details-bin", "\x08\x05\x12\x02no")
			}
			all = append(all, e)
		}
	}
	return append(all, exchange{method: "/s/Odd", requests: []string{"ask"}, code: 99, text: "odd"})
}

func sizes() (all []exchange) {
	for _, n := range []int{0, 1, 16383, 16384, 65535, 65536, 1 << 20, 4<<20 + 1, 64 << 20} {
		text := strings.Repeat("0123456789abcde\n", n/16+1)[:n]
		all = append(all, exchange{method: fmt.Sprint("/z/Size", n), requests: []string{text}, answers: []string{text}})
	}
	return append(all, exchange{method: "/z/Empties", requests: []string{"", "", ""}, answers: []string{"", "", ""}})
}

func ends() (all []exchange) {
	e := exchange{method: "/e/EarlyOk", early: true, answers: []string{"done"}}
	f := exchange{method: "/e/EarlyError", early: true, code: codes.FailedPrecondition, text: "no need"}
	for i := 0; i < 20; i++ {
		e.requests = append(e.requests, "unread")
		f.requests = append(f.requests, "unread")
	}
	g := exchange{method: "/e/EarlyLarge", early: true, code: codes.OutOfRange, text: "too much",
		requests: []string{strings.Repeat("x", 8<<20)}}
	h := exchange{method: "/e/ErrorAfterMany", requests: []string{"ask"}, code: codes.DataLoss, text: "at last"}
	for i := 0; i < 300; i++ {
		h.answers = append(h.answers, fmt.Sprint(i))
	}
	return append(all, e, f, g, h)
}

func compressed() (all []exchange) {
	for _, n := range []int{0, 1, 100000, 5 << 20} {
		text := strings.Repeat("compressible ", n/13+1)[:n]
		all = append(all, exchange{method: "/g/Gzip", gzip: true, requests: []string{text, text},
			answers: []string{text}})
	}
	return all
}

func wireTests() []test {
	const limit = 50 * time.Second
	return []test{
		{"any service and method", limit, sameBothWays(methods()...)},
		{"no, one, two, many messages each way", limit, sameBothWays(cardinalities()...)},
		{"metadata of request, answer and trailers: binary, repeated, empty, a thousand, a megabyte", limit, sameBothWays(headers()...)},
		{"every status, its text and its details, with and without messages", limit, sameBothWays(statuses()...)},
		{"messages from empty to 64 MiB", limit, sameBothWays(sizes()...)},
		{"answers before the request is read; an error after 300 messages", limit, sameBothWays(ends()...)},
		{"compressed messages", limit, sameBothWays(compressed()...)},
		{"a deadline arrives as it was, none stays none, and one that passes ends both sides", limit, deadlines},
		{"cancellation reaches the runtime", limit, cancellations},
		{"headers of an answer do not wait for its first message", limit, headersFirst},
		{"half-close: the client has ended, the runtime goes on", limit, halfClose},
		{"a conversation of 3,000 messages, in order", limit, conversation},
		{"a hundred calls that end in another order: each answer belongs to its question", limit, outOfOrder},
		{"gRPC's health service and reflection", limit, wellKnown},
	}
}

func deadlines(w *world) {
	b := &scripted{}
	direct, through := w.wired(b.handle, nil)
	defer direct.Close()
	defer through.Close()
	for _, timeout := range []time.Duration{0, 500 * time.Millisecond, 7 * time.Second, 2 * time.Minute, 30 * time.Hour} {
		s := b.run(through, exchange{method: "/d/D", requests: []string{"ask"}, answers: []string{"a"}, timeout: timeout})
		check(s.HasDeadline == (timeout > 0), "timeout %s: has deadline: %v", timeout, s.HasDeadline)
		// gRPC rounds up to what eight digits can say; a hundredth at most.
		check(timeout == 0 || (s.remaining > timeout-300*time.Millisecond && s.remaining <= timeout+timeout/100+20*time.Millisecond),
			"timeout %s became %s", timeout, s.remaining)
	}
}

// waiting is a backend that tells how each call's context ended.
type waiting struct{ began, ended chan error }

func (b *waiting) handle(_ interface{}, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	if strings.HasSuffix(method, "Stream") {
		text := []byte("first")
		stream.SendMsg(&text)
	}
	b.began <- nil
	<-stream.Context().Done()
	b.ended <- stream.Context().Err()
	// With the right code: it may be there before the client has given up.
	return status.FromContextError(stream.Context().Err()).Err()
}

func cancellations(w *world) {
	b := &waiting{make(chan error, 10), make(chan error, 10)}
	_, c := w.wired(b.handle, nil)
	defer c.Close()
	for _, kind := range []string{"Unary", "Stream", "HalfClosed", "Deadline"} {
		ctx, cancel := context.WithCancel(context.Background())
		if kind == "Deadline" {
			ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
		}
		stream, err := c.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/c/"+kind, grpc.ForceCodec(raw{}))
		must(err)
		text := []byte("ask")
		must(stream.SendMsg(&text))
		if kind != "Stream" {
			must(stream.CloseSend())
		}
		<-b.began
		want := codes.Canceled
		if kind == "Deadline" {
			want = codes.DeadlineExceeded
		} else {
			cancel()
		}
		select {
		case <-b.ended:
		case <-time.After(2 * time.Second):
			panic(kind + ": the runtime does not hear of it")
		}
		for err == nil {
			err = stream.RecvMsg(&text)
		}
		check(status.Code(err) == want, "%s: %v", kind, err)
		cancel()
	}
}

func headersFirst(w *world) {
	release := make(chan struct{})
	_, c := w.wired(func(_ interface{}, stream grpc.ServerStream) error {
		must(stream.SendHeader(metadata.Pairs("watch", "begun")))
		<-release
		return nil
	}, nil)
	defer c.Close()
	stream, err := c.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, "/h/Watch", grpc.ForceCodec(raw{}))
	must(err)
	md, err := stream.Header()
	must(err)
	check(len(md["watch"]) == 1 && md["watch"][0] == "begun", "header %v", md)
	close(release)
}

func halfClose(w *world) {
	_, c := w.wired(func(_ interface{}, stream grpc.ServerStream) error {
		var in []byte
		for stream.RecvMsg(&in) == nil {
		}
		for i := 0; i < 5; i++ {
			time.Sleep(50 * time.Millisecond)
			out := []byte(fmt.Sprint(i))
			must(stream.SendMsg(&out))
		}
		return nil
	}, nil)
	defer c.Close()
	stream, err := c.NewStream(context.Background(), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/h/Close", grpc.ForceCodec(raw{}))
	must(err)
	must(stream.CloseSend())
	for i := 0; i < 5; i++ {
		var out []byte
		must(stream.RecvMsg(&out))
		check(string(out) == fmt.Sprint(i), "%q", out)
	}
	var out []byte
	check(stream.RecvMsg(&out) == io.EOF, "no end")
}

func echoAll(_ interface{}, stream grpc.ServerStream) error {
	for {
		var in []byte
		if err := stream.RecvMsg(&in); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(&in); err != nil {
			return err
		}
	}
}

func conversation(w *world) {
	_, c := w.wired(echoAll, nil)
	defer c.Close()
	stream, err := c.NewStream(context.Background(), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/b/Echo", grpc.ForceCodec(raw{}))
	must(err)
	go func() {
		for i := 0; i < 3000; i++ {
			text := []byte(fmt.Sprintf("%d %s", i, strings.Repeat("x", i%700)))
			must(stream.SendMsg(&text))
		}
		stream.CloseSend()
	}()
	for i := 0; i < 3000; i++ {
		var out []byte
		must(stream.RecvMsg(&out))
		check(bytes.HasPrefix(out, []byte(fmt.Sprintf("%d ", i))), "message %d is %.20q", i, out)
	}
}

func outOfOrder(w *world) {
	_, c := w.wired(handle, nil)
	defer c.Close()
	atOnce(100, func(i int) {
		ask := fmt.Sprintf("%03d", (100-i)*5)
		got, err := c.call(context.Background(), "/o/Sleep", ask)
		must(err)
		check(got == ask, "asked %s, answered %s", ask, got)
	})
}

func wellKnown(w *world) {
	_, c := w.wired(handle, nil)
	c.Close()
	// A server with the standard codec for these.
	listener, err := net.Listen("unix", w.path("known.sock"))
	must(err)
	server := grpc.NewServer()
	state := health.NewServer()
	healthpb.RegisterHealthServer(server, state)
	reflection.Register(server)
	go server.Serve(listener)
	must(os.Rename(w.path("known.sock"), w.runtime()))
	w.endAll()
	w.gate("")
	known := dial(w.listen())
	defer known.Close()
	state.SetServingStatus("x", healthpb.HealthCheckResponse_SERVING)
	client := healthpb.NewHealthClient(known)
	answer, err := client.Check(context.Background(), &healthpb.HealthCheckRequest{Service: "x"})
	must(err)
	check(answer.Status == healthpb.HealthCheckResponse_SERVING, "%v", answer)
	watch, err := client.Watch(context.Background(), &healthpb.HealthCheckRequest{Service: "x"})
	must(err)
	_, err = watch.Recv()
	must(err)
	state.SetServingStatus("x", healthpb.HealthCheckResponse_NOT_SERVING)
	answer, err = watch.Recv()
	must(err)
	check(answer.Status == healthpb.HealthCheckResponse_NOT_SERVING, "%v", answer)
	info, err := rpb.NewServerReflectionClient(known).ServerReflectionInfo(context.Background())
	must(err)
	must(info.Send(&rpb.ServerReflectionRequest{MessageRequest: &rpb.ServerReflectionRequest_ListServices{}}))
	list, err := info.Recv()
	must(err)
	check(len(list.GetListServicesResponse().GetService()) == 2, "%v", list)
}
