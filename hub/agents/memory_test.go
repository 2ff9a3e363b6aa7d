package agents

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"traybell/hub/staff"
	"traybell/test/terminal"
)

// BenchmarkDesktops measures what a connected desktop costs the hub, with TLS and signed in:
// go test -bench Desktops -benchtime 1000x connects 1,000 of them. They run in a separate process,
// so that only the hub's side is measured.
func BenchmarkDesktops(b *testing.B) {
	const one = "TRAYBELL_DESKTOPS"
	var list []Account
	h := cheap(b, "same")
	for i := range b.N {
		list = append(list, Account{
			staff.Agent{Login: fmt.Sprint("a", i), Extensions: []string{strconv.Itoa(i)}}, h,
		})
	}
	p := start(b, Options{Agents: list, Clients: b.N}, &fakeHub{})
	beforeRSS, beforeHeap := memory(b)

	child := exec.CommandContext(b.Context(), os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", one, p.at, b.N))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.Fatalf("%q, %v", line, err)
	}
	b.StopTimer()
	if n := len(p.server.Sessions()); n != b.N {
		b.Fatalf("%d sessions of %d", n, b.N)
	}
	rss, heap := memory(b)
	b.ReportMetric(float64(rss-beforeRSS)/1024/float64(b.N), "RSS-KB/desktop")
	b.ReportMetric(float64(heap-beforeHeap)/1024/float64(b.N), "heap+stack-KB/desktop")
	in.Close()
	if err := child.Wait(); err != nil {
		b.Fatal(err)
	}
}

// memory is the process's resident memory and Go's share of it, in bytes, after a collection.
func memory(b *testing.B) (rss, inUse int64) {
	b.Helper()
	for range 3 { // stacks shrink by half each time
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skipf("no resident memory to read here: %v", err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(raw))[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize()), int64(m.HeapInuse + m.StackInuse)
}

// childOf returns the argument of terminals; empty: this is not the child process.
func childOf() string { return os.Getenv("TRAYBELL_DESKTOPS") }

// terminals connects "address count" terminals, prints a line, and keeps them until its standard
// input ends.
func terminals(what string) {
	at, count, _ := strings.Cut(what, " ")
	n, _ := strconv.Atoi(count)
	errs := make(chan error, n)
	places := make(chan struct{}, 8)
	for i := range n {
		places <- struct{}{}
		go func() {
			defer func() { <-places }()
			t, _, err := terminal.SignIn(context.Background(), at, strconv.Itoa(i), "same")
			if err == nil {
				go func() { _, _ = t.Next(context.Background()) }() // answers pings
			}
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Println("connected")
	_, _ = io.Copy(io.Discard, os.Stdin)
}
