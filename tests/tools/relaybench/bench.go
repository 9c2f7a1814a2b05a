// What is measured, in which order.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/ioutil"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
)

type bench struct {
	out, pullgate, splice, load, haproxy, containerd string
	rounds, calls                                    int
	only                                             string
	seconds                                          float64
	results                                          results
}

// path is one way to a backend.
type path struct {
	name, socket string
	proxy        *os.Process // nil: direct
}

var running []*os.Process

func endAll() {
	for _, p := range running {
		p.Kill()
		p.Wait()
	}
}

func (b *bench) at(name string) string { return filepath.Join(b.out, name) }

// start runs a program until the end and waits for its socket.
func (b *bench) start(socket, program string, args ...string) *os.Process {
	os.Remove(socket)
	cmd := exec.Command(program, args...)
	log, err := os.Create(socket + ".log")
	must(err)
	cmd.Stderr, cmd.Stdout = log, log
	must(cmd.Start())
	running = append(running, cmd.Process)
	for i := 0; i < 500; i++ {
		if _, err := os.Stat(socket); err == nil {
			time.Sleep(100 * time.Millisecond)
			return cmd.Process
		}
		time.Sleep(10 * time.Millisecond)
	}
	must(fmt.Errorf("%s does not start: see %s.log", program, socket))
	return nil
}

func (b *bench) write(name, format string, args ...interface{}) string {
	must(ioutil.WriteFile(b.at(name), []byte(fmt.Sprintf(format, args...)), 0644))
	return b.at(name)
}

// gate starts pullgate in front of a backend.
func (b *bench) gate(name, backend string) path {
	socket := b.at(name + ".sock")
	config := b.write(name+".yaml", "listen: unix://%s\nruntime: unix://%s\nunmatched: allow\nlogLevel: error\n", socket, backend)
	return path{"pullgate", socket, b.start(socket, b.pullgate, "serve", "--config", config)}
}

// paths are all ways to a backend.
func (b *bench) paths(name, backend string) []path {
	socket := b.at(name + "-splice.sock")
	all := []path{{"direct", backend, nil},
		{"splice", socket, b.start(socket, b.splice, socket, backend)},
		b.gate(name+"-gate", backend)}
	if b.haproxy != "" {
		socket := b.at(name + "-haproxy.sock")
		config := b.write(name+"-haproxy.cfg", `global
  nbthread 1
  maxconn 4000
  tune.h2.max-concurrent-streams 2000
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  http-reuse always
frontend f
  bind unix@%s proto h2
  default_backend b
backend b
  server s unix@%s proto h2
`, socket, backend)
		all = append(all, path{"haproxy", socket, b.start(socket, b.haproxy, "-db", "-f", config)})
	}
	return all
}

// cpu is the time a process has used, in microseconds.
func cpu(p *os.Process) float64 {
	if p == nil {
		return 0
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.Pid))
	var sum float64
	for _, task := range tasks {
		content, _ := ioutil.ReadFile(task)
		if fields := strings.Fields(string(content)); len(fields) > 0 {
			ns, _ := strconv.ParseFloat(fields[0], 64)
			sum += ns / 1e3
		}
	}
	return sum
}

// resident is memory in KiB.
func resident(p *os.Process) float64 {
	content, err := ioutil.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid))
	must(err)
	pages, _ := strconv.ParseFloat(strings.Fields(string(content))[1], 64)
	return pages * 4
}

func (b *bench) client(kind, socket, method string, n int, seconds float64) (s sample) {
	program, args := os.Args[0], []string{"load", socket, method, strconv.Itoa(n), fmt.Sprint(seconds)}
	if kind == "C core" {
		program, args = b.load, args[1:]
	}
	var problem bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %s", strings.Join(cmd.Args, " "), problem.String())
	}
	must(err)
	must(json.Unmarshal(out, &s))
	return s
}

// unary measures calls of nothing, at 1, 8 and 64 in flight.
func (b *bench) unary(backend, method string, paths []path) {
	for _, kind := range []string{"grpc-go", "C core"} {
		for _, n := range []int{1, 8, 64} {
			rows := map[string]*row{}
			for round := 0; round < b.rounds; round++ {
				var direct float64
				for _, p := range paths {
					before := cpu(p.proxy)
					s := b.client(kind, p.socket, method, n, b.seconds)
					used := cpu(p.proxy) - before
					rate := float64(s.Calls) / s.Seconds
					if p.name == "direct" {
						direct = rate
					}
					r := rows[p.name]
					if r == nil {
						r = &row{Backend: backend, Client: kind, InFlight: n, Path: p.name}
						rows[p.name] = r
					}
					// The warm-up is a fifth of a second of such calls.
					r.add(rate, s.P50, s.P99, used/(float64(s.Calls)+rate/5), rate/direct)
				}
			}
			for _, p := range paths {
				b.results.Unary = append(b.results.Unary, rows[p.name].done())
			}
			b.results.printUnary(backend, kind, n)
		}
	}
}

// big measures an answer of 16 MiB.
func (b *bench) big(paths []path) {
	times := map[string][]float64{}
	for round := 0; round < b.rounds; round++ {
		for _, p := range paths {
			conn := dial(p.socket)
			for i := 0; i < 6; i++ {
				from := time.Now()
				call(conn, "/bench.Bench/Big", []byte("16777216"))
				if i > 0 {
					times[p.name] = append(times[p.name], float64(time.Since(from).Nanoseconds())/1e6)
				}
			}
			conn.Close()
		}
	}
	for _, p := range paths {
		b.results.Big = append(b.results.Big, figure{Path: p.name, Value: median(times[p.name])})
	}
}

// streams opens a thousand, each with a message a second.
func (b *bench) streams(paths []path) {
	const n, seconds = 1000, 10
	for _, p := range paths {
		var rest, full float64
		if p.proxy != nil {
			rest = resident(p.proxy)
		}
		conn := dial(p.socket)
		ctx, cancel := context.WithCancel(context.Background())
		var lock sync.Mutex
		var late []float64
		var wg sync.WaitGroup
		for i := 0; i < n; i++ {
			s, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/bench.Bench/Ticks", grpc.ForceCodec(raw{}))
			must(err)
			in := []byte{}
			must(s.SendMsg(&in))
			must(s.CloseSend())
			wg.Add(1)
			go func() {
				defer wg.Done()
				var out []byte
				for s.RecvMsg(&out) == nil {
					took := float64(time.Now().UnixNano()-int64(binary.BigEndian.Uint64(out))) / 1e3
					lock.Lock()
					late = append(late, took)
					lock.Unlock()
				}
			}()
		}
		time.Sleep(2 * time.Second)
		lock.Lock()
		late = nil
		lock.Unlock()
		before := cpu(p.proxy)
		time.Sleep(seconds * time.Second)
		used := cpu(p.proxy) - before
		if p.proxy != nil {
			full = resident(p.proxy)
		}
		lock.Lock()
		got := len(late)
		p50, p99 := quantiles(late)
		lock.Unlock()
		cancel()
		wg.Wait()
		conn.Close()
		b.results.Streams = append(b.results.Streams, streamRow{p.name, got, n * seconds, p50, p99,
			used / float64(got), (full - rest) / n})
	}
}

// flood opens a stream of large messages that nobody reads.
func (b *bench) flood(conn *grpc.ClientConn) {
	s, err := conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, "/bench.Bench/Flood", grpc.ForceCodec(raw{}))
	must(err)
	in := []byte{}
	must(s.SendMsg(&in))
	must(s.CloseSend())
}

// memory of pullgate alone: at rest, with readers that stall, after many calls.
func (b *bench) memory(backend string) {
	g := b.gate("memory", backend)
	m := &b.results.Memory
	m.Rest = resident(g.proxy)
	var conns []*grpc.ClientConn
	for i := 0; i < 50; i++ {
		conn := dial(g.socket)
		b.flood(conn)
		conns = append(conns, conn)
	}
	time.Sleep(2 * time.Second)
	m.Stalled = resident(g.proxy) - m.Rest
	for _, conn := range conns {
		conn.Close()
	}
	one := b.gate("one", backend)
	rest := resident(one.proxy)
	conn := dial(one.socket)
	for i := 0; i < 50; i++ {
		b.flood(conn)
	}
	time.Sleep(2 * time.Second)
	m.StalledStreams = resident(one.proxy) - rest
	conn.Close()
	fresh := b.gate("growth", backend)
	for done := 0; done < b.calls; {
		s := b.client("C core", fresh.socket, "/bench.Bench/Echo", 64, 2)
		done += s.Calls
		if m.Early == 0 && done >= b.calls/10 {
			m.Early = resident(fresh.proxy)
		}
		m.Calls = done
	}
	m.Late = resident(fresh.proxy)
}

func (b *bench) wants(part string) bool { return b.only == "" || b.only == part }

func (b *bench) run() {
	var err error
	b.out, err = filepath.Abs(b.out)
	must(err)
	must(os.MkdirAll(b.out, 0755))
	own := b.at("own.sock")
	b.start(own, os.Args[0], "serve", own)
	paths := b.paths("own", own)
	if b.wants("unary") {
		b.unary("own server", "/bench.Bench/Echo", paths)
	}
	if b.wants("big") {
		b.big(paths)
		b.results.printBig()
	}
	if b.wants("streams") {
		b.streams(paths)
		b.results.printStreams()
	}
	if b.containerd != "" && b.wants("containerd") {
		b.unary("containerd", "/runtime.v1.RuntimeService/Version", b.paths("containerd", b.containerd))
	}
	if b.wants("memory") {
		b.memory(own)
		b.results.printMemory()
	}
	if b.only != "" {
		endAll()
		return
	}
	b.results.printAims()
	text, err := json.MarshalIndent(&b.results, "", "  ")
	must(err)
	b.write("relay.json", "%s\n", text)
	b.write("relay.svg", "%s", b.results.svg())
	fmt.Printf("\nwritten: %s and %s\n", b.at("relay.json"), b.at("relay.svg"))
	endAll()
}
