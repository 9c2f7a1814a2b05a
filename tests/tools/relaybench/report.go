// Tables, aims, and the plot.
package main

import (
	"fmt"
	"sort"
	"strings"
)

// row is one path at one load; medians over the rounds.
type row struct {
	Backend  string  `json:"backend"`
	Client   string  `json:"client"`
	InFlight int     `json:"inFlight"`
	Path     string  `json:"path"`
	Rate     float64 `json:"callsPerSecond"`
	P50      float64 `json:"p50us"`
	P99      float64 `json:"p99us"`
	CPU      float64 `json:"proxyCPUusPerCall"`
	Ratio    float64 `json:"ratioToDirect"`

	all [5][]float64
}

type figure struct {
	Path  string  `json:"path"`
	Value float64 `json:"ms"`
}

type streamRow struct {
	Path      string  `json:"path"`
	Got       int     `json:"messages"`
	Want      int     `json:"expected"`
	P50       float64 `json:"p50us"`
	P99       float64 `json:"p99us"`
	CPU       float64 `json:"proxyCPUusPerMessage"`
	PerStream float64 `json:"KiBPerStream"`
}

type memoryFigures struct {
	Rest           float64 `json:"restKiB"`
	Stalled        float64 `json:"fiftyStalledClientsKiB"`
	StalledStreams float64 `json:"fiftyStalledStreamsOfOneClientKiB"`
	Early          float64 `json:"afterATenthOfTheCallsKiB"`
	Late           float64 `json:"afterAllCallsKiB"`
	Calls          int     `json:"calls"`
}

type results struct {
	Unary   []row         `json:"unary"`
	Big     []figure      `json:"answerOf16MiB"`
	Streams []streamRow   `json:"thousandStreams"`
	Memory  memoryFigures `json:"memory"`
	Aims    []aim         `json:"aims"`
}

type aim struct {
	What string  `json:"what"`
	Got  float64 `json:"got"`
	Aim  string  `json:"aim"`
	Met  bool    `json:"met"`
}

func median(all []float64) float64 {
	sorted := append([]float64(nil), all...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}

func (r *row) add(values ...float64) {
	for i, v := range values {
		r.all[i] = append(r.all[i], v)
	}
}

func (r *row) done() row {
	r.Rate, r.P50, r.P99 = median(r.all[0]), median(r.all[1]), median(r.all[2])
	r.CPU, r.Ratio = median(r.all[3]), median(r.all[4])
	return *r
}

func (r *results) find(backend, client string, n int, path string) row {
	for _, one := range r.Unary {
		if one.Backend == backend && one.Client == client && one.InFlight == n && one.Path == path {
			return one
		}
	}
	return row{}
}

func (r *results) printUnary(backend, client string, n int) {
	fmt.Printf("\n%s, client %s, %d in flight\n", backend, client, n)
	fmt.Printf("  %-10s %10s %9s %9s %9s %9s %12s\n", "path", "calls/s", "x direct", "x splice", "p50 us", "p99 us", "CPU us/call")
	splice := r.find(backend, client, n, "splice")
	for _, one := range r.Unary {
		if one.Backend != backend || one.Client != client || one.InFlight != n {
			continue
		}
		fmt.Printf("  %-10s %10.0f %9.2f %9.2f %9.0f %9.0f %12.1f\n", one.Path, one.Rate, one.Ratio,
			one.Ratio/splice.Ratio, one.P50, one.P99, one.CPU)
	}
}

func (r *results) printBig() {
	fmt.Printf("\nan answer of 16 MiB\n  %-10s %9s %9s\n", "path", "ms", "x direct")
	for _, f := range r.Big {
		fmt.Printf("  %-10s %9.1f %9.2f\n", f.Path, f.Value, r.Big[0].Value/f.Value)
	}
}

func (r *results) printStreams() {
	fmt.Printf("\n1,000 streams with a message a second, for ten seconds\n  %-10s %9s %9s %9s %11s %11s\n",
		"path", "messages", "p50 us", "p99 us", "CPU us/msg", "KiB/stream")
	for _, s := range r.Streams {
		fmt.Printf("  %-10s %9d %9.0f %9.0f %11.1f %11.1f\n", s.Path, s.Got, s.P50, s.P99, s.CPU, s.PerStream)
	}
}

func (r *results) printMemory() {
	m := r.Memory
	fmt.Printf("\npullgate's resident memory, MiB\n  at rest %.1f, with 50 stalled clients %.1f more, with 50 stalled streams of one client %.1f more; after %d calls %.1f (after a tenth of them %.1f)\n",
		m.Rest/1024, m.Stalled/1024, m.StalledStreams/1024, m.Calls, m.Late/1024, m.Early/1024)
}

func (r *results) aim(what string, got float64, atLeast bool, bound float64) {
	sign, met := "at most", got <= bound
	if atLeast {
		sign, met = "at least", got >= bound
	}
	r.Aims = append(r.Aims, aim{what, got, fmt.Sprintf("%s %g", sign, bound), met})
}

func (r *results) judge() {
	for _, backend := range []string{"own server", "containerd"} {
		for _, client := range []string{"grpc-go", "C core"} {
			for _, n := range []int{1, 64} {
				gate := r.find(backend, client, n, "pullgate")
				if gate.Rate == 0 {
					continue
				}
				where := fmt.Sprintf("%s, %s, %d in flight: ", backend, client, n)
				r.aim(where+"calls, x direct", gate.Ratio, true, 0.55)
				r.aim(where+"calls, x splice", gate.Ratio/r.find(backend, client, n, "splice").Ratio, true, 0.7)
				if h := r.find(backend, client, n, "haproxy"); h.Rate > 0 {
					r.aim(where+"calls, x haproxy", gate.Ratio/h.Ratio, true, 1)
				}
				bound := 100.0
				if n == 64 {
					bound = 20
				}
				r.aim(where+"CPU us a call", gate.CPU, false, bound)
			}
		}
	}
	for _, f := range r.Big {
		if f.Path == "pullgate" {
			r.aim("16 MiB answer, x direct", r.Big[0].Value/f.Value, true, 0.8)
		}
	}
	for _, s := range r.Streams {
		if s.Path == "pullgate" {
			r.aim("KiB a stream", s.PerStream, false, 30)
		}
	}
	m := r.Memory
	r.aim("MiB with 50 stalled clients, in all", (m.Rest+m.Stalled)/1024, false, 40)
	r.aim("MiB with 50 stalled streams of one client, in all", (m.Rest+m.StalledStreams)/1024, false, 40)
	r.aim("MiB at rest", m.Rest/1024, false, 16)
	r.aim("MiB grown in the later nine tenths of the calls", (m.Late-m.Early)/1024, false, 0.5)
}

func (r *results) printAims() {
	r.judge()
	fmt.Printf("\n%-58s %8s  %-14s\n", "aim", "got", "")
	for _, a := range r.Aims {
		word := "met"
		if !a.Met {
			word = "MISSED"
		}
		fmt.Printf("%-58s %8.2f  %-14s %s\n", a.What, a.Got, a.Aim, word)
	}
}

var colours = map[string]string{"direct": "#888888", "splice": "#4c9be8", "pullgate": "#d1495b", "haproxy": "#66a182"}

// svg draws calls a second beside direct's, a group of bars for each load.
func (r *results) svg() string {
	type group struct {
		backend, client string
		n               int
	}
	var groups []group
	seen := map[group]bool{}
	for _, one := range r.Unary {
		g := group{one.Backend, one.Client, one.InFlight}
		if !seen[g] {
			seen[g] = true
			groups = append(groups, g)
		}
	}
	const left, top, height, bar, gap = 60, 70, 300, 16, 26
	width := left + len(groups)*(4*bar+gap) + 40
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, top+height+90)
	fmt.Fprintf(&s, `<rect width="100%%" height="100%%" fill="white"/><text x="%d" y="24" font-size="16">Calls a second, relative to direct (p50 in microseconds above each bar)</text>`+"\n", left)
	at := left
	for _, name := range []string{"direct", "splice", "pullgate", "haproxy"} {
		fmt.Fprintf(&s, `<rect x="%d" y="36" width="12" height="12" fill="%s"/><text x="%d" y="46">%s</text>`+"\n", at, colours[name], at+17, name)
		at += 90
	}
	for i := 0; i <= 10; i += 2 {
		y := top + height - height*i/10
		fmt.Fprintf(&s, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#dddddd"/><text x="%d" y="%d" text-anchor="end">%.1f</text>`+"\n", left, y, width-20, y, left-6, y+4, float64(i)/10)
	}
	for i, g := range groups {
		x := left + 10 + i*(4*bar+gap)
		for k, name := range []string{"direct", "splice", "pullgate", "haproxy"} {
			one := r.find(g.backend, g.client, g.n, name)
			h := int(float64(height) * one.Ratio)
			fmt.Fprintf(&s, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`, x+k*bar, top+height-h, bar-2, h, colours[name])
			fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="8" text-anchor="middle">%.0f</text>`+"\n", x+k*bar+bar/2-1, top+height-h-3, one.P50)
		}
		fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle">%d in flight</text>`, x+2*bar, top+height+18, g.n)
		fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, x+2*bar, top+height+34, g.client)
		fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle" font-size="11">%s</text>`+"\n", x+2*bar, top+height+50, g.backend)
	}
	s.WriteString("</svg>\n")
	return s.String()
}
