// A registry that misbehaves on purpose: a front to a real one.  What the first
// component of a repository's name says is done to reads of it; everything else
// goes through to the backend, where images and signatures are pushed under the
// same names.
//
//	status-NNN/…  manifests are answered with this status
//	hang/…        no answer
//	drip/…        a byte a second
//	huge/…        manifests of 100 MiB
//	cut/…         manifests end half way
//	lie/…         manifests are not what their digest says, nor are blobs
//	loop/…        redirects without end
//	away/…        redirects to another host, which notes what it is sent
//	steal/…       the same, and the other host asks for a token
//	page/…        a page for people instead of the Referrers API
//	move/…        a tag names TAG-next from its second reading on
//	api/…         the Referrers API, one entry a page
//	basic/…       Basic authentication: puller, s3cret
//	token/…       a Bearer token, for puller, s3cret
//	slow/…        manifests take half a second
//
// Usage: badregistry -backend HOST:PORT [-listen HOST:PORT]
// Prints its address and that of "another host".  GET /_counts tells how often
// each path was asked for, GET /_seen what another host was sent.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	user     = "puller"
	password = "s3cret"
	token    = "a-token-of-the-test"
)

type registry struct {
	backend *url.URL
	proxy   *httputil.ReverseProxy
	self    string
	other   string
	mu      sync.Mutex
	counts  map[string]int
	moved   map[string]int
	seen    []string
}

func (r *registry) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[what]++
	return r.counts[what]
}

// get reads from the backend.
func (r *registry) get(path, accept string) (*http.Response, []byte) {
	req, err := http.NewRequest("GET", r.backend.String()+path, nil)
	if err != nil {
		return nil, nil
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp, body
}

func (r *registry) copyOf(w http.ResponseWriter, resp *http.Response, body []byte, digest bool) {
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	if digest {
		w.Header().Set("Docker-Content-Digest", resp.Header.Get("Docker-Content-Digest"))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(resp.StatusCode)
	w.Write(body)
}

func (r *registry) huge(w http.ResponseWriter) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
	for i := 0; i < 100; i++ {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func (r *registry) cut(w http.ResponseWriter, req *http.Request) {
	resp, body := r.get(req.URL.Path, req.Header.Get("Accept"))
	if resp == nil || len(body) == 0 {
		w.WriteHeader(502)
		return
	}
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body[:len(body)/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func (r *registry) lie(w http.ResponseWriter, req *http.Request) {
	resp, body := r.get(req.URL.Path, req.Header.Get("Accept"))
	if resp == nil {
		w.WriteHeader(502)
		return
	}
	if resp.StatusCode == 200 {
		body = append(body, ' ')
	}
	r.copyOf(w, resp, body, true)
}

func (r *registry) move(w http.ResponseWriter, req *http.Request) {
	path := req.URL.Path
	name := path[strings.LastIndex(path, "/")+1:]
	if strings.Contains(path, "/manifests/") && !strings.HasPrefix(name, "sha256") {
		r.mu.Lock()
		r.moved[path]++
		later := r.moved[path] > 1
		r.mu.Unlock()
		if later {
			req.URL.Path += "-next"
		}
	}
	r.proxy.ServeHTTP(w, req)
}

// referrers serves the fallback tag's index through the API, an entry a page.
func (r *registry) referrers(w http.ResponseWriter, req *http.Request) {
	at := strings.LastIndex(req.URL.Path, "/referrers/")
	name, digest := req.URL.Path[:at], req.URL.Path[at+len("/referrers/"):]
	tag := strings.Replace(digest, ":", "-", 1)
	const index = "application/vnd.oci.image.index.v1+json"
	resp, body := r.get(name+"/manifests/"+tag, index)
	var doc struct {
		SchemaVersion int               `json:"schemaVersion"`
		MediaType     string            `json:"mediaType"`
		Manifests     []json.RawMessage `json:"manifests"`
	}
	doc.SchemaVersion, doc.MediaType = 2, index
	if resp != nil && resp.StatusCode == 200 {
		json.Unmarshal(body, &doc)
	}
	n, _ := strconv.Atoi(req.URL.Query().Get("n"))
	all := doc.Manifests
	doc.Manifests = []json.RawMessage{}
	if n < len(all) {
		doc.Manifests = all[n : n+1]
	}
	if n+1 < len(all) {
		w.Header().Set("Link", fmt.Sprintf("<%s?n=%d>; rel=\"next\"", req.URL.Path, n+1))
	}
	w.Header().Set("Content-Type", index)
	json.NewEncoder(w).Encode(doc)
}

func (r *registry) authorized(w http.ResponseWriter, req *http.Request, kind string) bool {
	if kind == "basic" {
		u, p, ok := req.BasicAuth()
		if ok && u == user && p == password {
			return true
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="badregistry"`)
	} else {
		if req.Header.Get("Authorization") == "Bearer "+token {
			return true
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(
			`Bearer realm="http://%s/_token",service="badregistry"`, r.self))
	}
	w.WriteHeader(401)
	return false
}

func (r *registry) serveToken(w http.ResponseWriter, req *http.Request) {
	u, p, ok := req.BasicAuth()
	req.ParseForm()
	refresh := req.Method == "POST" && req.Form.Get("refresh_token") == password
	if !refresh && !(ok && u == user && p == password) {
		w.WriteHeader(401)
		return
	}
	if !strings.HasPrefix(req.Form.Get("scope"), "repository:token/") {
		w.WriteHeader(403)
		return
	}
	json.NewEncoder(w).Encode(map[string]interface{}{"token": token, "expires_in": 300})
}

func (r *registry) fault(w http.ResponseWriter, req *http.Request, kind string) {
	manifest := strings.Contains(req.URL.Path, "/manifests/")
	switch {
	case strings.HasPrefix(kind, "status-") && manifest:
		code, _ := strconv.Atoi(kind[len("status-"):])
		w.WriteHeader(code)
	case kind == "hang":
		<-req.Context().Done()
	case kind == "drip":
		for i := 0; i < 60; i++ {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(time.Second)
		}
	case kind == "huge" && manifest:
		r.huge(w)
	case kind == "cut" && manifest:
		r.cut(w, req)
	case kind == "lie":
		r.lie(w, req)
	case kind == "loop":
		http.Redirect(w, req, req.URL.Path, 307)
	case (kind == "away" || kind == "steal") && manifest:
		http.Redirect(w, req, "http://"+r.other+req.URL.Path, 307)
	case kind == "move":
		r.move(w, req)
	case kind == "api" && strings.Contains(req.URL.Path, "/referrers/"):
		r.referrers(w, req)
	case kind == "page" && strings.Contains(req.URL.Path, "/referrers/"):
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>no such page</html>")
	case kind == "basic" || kind == "token":
		if r.authorized(w, req, kind) {
			req.Header.Del("Authorization")
			r.proxy.ServeHTTP(w, req)
		}
	case kind == "slow" && manifest:
		time.Sleep(500 * time.Millisecond)
		r.proxy.ServeHTTP(w, req)
	default:
		r.proxy.ServeHTTP(w, req)
	}
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch req.URL.Path {
	case "/_counts":
		r.mu.Lock()
		json.NewEncoder(w).Encode(r.counts)
		r.mu.Unlock()
		return
	case "/_seen":
		r.mu.Lock()
		json.NewEncoder(w).Encode(r.seen)
		r.mu.Unlock()
		return
	case "/_token":
		r.count("token")
		r.serveToken(w, req)
		return
	}
	r.count(req.URL.Path)
	kind := ""
	if parts := strings.SplitN(req.URL.Path, "/", 4); len(parts) == 4 {
		kind = parts[2]
	}
	r.fault(w, req, kind)
}

// elsewhere is another host: it has what the backend has, and notes who asks.
func (r *registry) elsewhere(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, req.URL.Path+" "+req.Header.Get("Authorization"))
	r.mu.Unlock()
	if strings.Contains(req.URL.Path, "/steal/") {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(
			`Bearer realm="http://%s/_stolen",service="badregistry"`, r.other))
		w.WriteHeader(401)
		return
	}
	r.proxy.ServeHTTP(w, req)
}

func main() {
	backend := flag.String("backend", "", "HOST:PORT of a real registry")
	listen := flag.String("listen", "127.0.0.1:0", "HOST:PORT")
	flag.Parse()
	target := &url.URL{Scheme: "http", Host: *backend}
	r := &registry{
		backend: target,
		proxy:   httputil.NewSingleHostReverseProxy(target),
		counts:  map[string]int{},
		moved:   map[string]int{},
	}
	r.proxy.ErrorLog = log.New(io.Discard, "", 0)
	first, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	second, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	r.self, r.other = first.Addr().String(), second.Addr().String()
	quiet := log.New(io.Discard, "", 0)
	go (&http.Server{Handler: http.HandlerFunc(r.elsewhere), ErrorLog: quiet}).Serve(second)
	go (&http.Server{Handler: r, ErrorLog: quiet}).Serve(first)
	fmt.Println(r.self, r.other)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}
