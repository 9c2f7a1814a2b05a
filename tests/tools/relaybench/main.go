// Figures of the relay: the same calls made directly, through pullgate, through
// a byte splice and through HAProxy, in turns within one run.
//
//	relaybench -out DIR -pullgate P -splice P -load P -haproxy P -containerd SOCKET
//	           [-rounds N] [-seconds S] [-calls N] [-only PART]
//
// It is also the backend and the grpc-go client: relaybench serve SOCKET, and
// relaybench load SOCKET METHOD IN-FLIGHT SECONDS, which prints what load.c does.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "relaybench:", err)
		endAll()
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		serve(os.Args[2])
	}
	if len(os.Args) == 6 && os.Args[1] == "load" {
		n, err := strconv.Atoi(os.Args[4])
		must(err)
		seconds, err := strconv.ParseFloat(os.Args[5], 64)
		must(err)
		load(os.Args[2], os.Args[3], n, seconds)
		return
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	go func() { must(fmt.Errorf("%s", <-ended)) }()
	var b bench
	flag.StringVar(&b.out, "out", "build/bench", "where sockets and results go")
	flag.StringVar(&b.pullgate, "pullgate", "", "program")
	flag.StringVar(&b.splice, "splice", "", "program")
	flag.StringVar(&b.load, "load", "", "the client on gRPC C core")
	flag.StringVar(&b.haproxy, "haproxy", "", "program; empty: left out")
	flag.StringVar(&b.containerd, "containerd", "", "socket; empty: left out")
	flag.IntVar(&b.rounds, "rounds", 5, "turns")
	flag.Float64Var(&b.seconds, "seconds", 1, "of each path in a turn")
	flag.IntVar(&b.calls, "calls", 1000000, "for the growth of memory")
	flag.StringVar(&b.only, "only", "", "one part, without aims: unary, big, streams, containerd or memory")
	flag.Parse()
	b.run()
}
