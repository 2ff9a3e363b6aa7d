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
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

// BenchmarkDesktops measures what a connected desktop costs the hub, with TLS and signed in:
// go test -bench Desktops -benchtime 1000x connects 1,000 of them.
func BenchmarkDesktops(b *testing.B) {
	each := desktopMemory(b, b.N, b.StopTimer)
	for i, unit := range []string{"RSS-KB/desktop", "heap-KB/desktop", "stack-KB/desktop"} {
		b.ReportMetric(each[i]/1024, unit)
	}
}

// A desktop that has signed in, sent an action and a ping takes 19 KiB of heap and stack. Resident
// memory is not tested: it depends on what ran before.
func TestMemoryOfADesktop(t *testing.T) {
	each := desktopMemory(t, 300, func() {})
	if heap, stack := each[1]/1024, each[2]/1024; heap > 16.5 || stack > 4.5 && !racing {
		t.Errorf("a desktop takes %.1f KiB of heap and %.1f KiB of stack, want 16 and 4 at most", heap, stack)
	}
}

// desktopMemory connects desktops and returns what each adds to memory. They run in a separate
// process, so that only the hub's side is measured. connected is called when all have signed in.
func desktopMemory(tb testing.TB, desktops int, connected func()) (each [3]float64) {
	tb.Helper()
	const one = "TRAYBELL_DESKTOPS"
	var list []Account
	h := cheap(tb, "same")
	for i := range desktops {
		list = append(list, Account{
			staff.Agent{Login: fmt.Sprint("a", i), Extensions: []string{strconv.Itoa(i)}}, h,
		})
	}
	p := start(tb, Options{Agents: list, Clients: desktops}, &fakeHub{})
	before := memory(tb)

	child := exec.CommandContext(tb.Context(), os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", one, p.at, desktops))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := child.Start(); err != nil {
		tb.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		tb.Fatalf("%q, %v", line, err)
	}
	connected()
	if n := len(p.server.Sessions()); n != desktops {
		tb.Fatalf("%d sessions of %d", n, desktops)
	}
	for i, after := range memory(tb) {
		each[i] = float64(after-before[i]) / float64(desktops)
	}
	in.Close()
	if err := child.Wait(); err != nil {
		tb.Fatal(err)
	}
	return each
}

// memory is the process's resident memory, and Go's heap and stacks in it, in bytes, after a
// collection.
func memory(tb testing.TB) [3]int64 {
	tb.Helper()
	for range 3 { // stacks shrink by half each time
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Skipf("no resident memory to read here: %v", err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(raw))[1], 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return [...]int64{pages * int64(os.Getpagesize()), int64(m.HeapInuse), int64(m.StackInuse)}
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
				err = works(t)
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

// works sends an action and a ping and gets the answers; then the terminal is silent, but answers
// pings.
func works(t *terminal.Terminal) error {
	ctx := context.Background()
	if _, err := t.Send(ctx, protocol.HistoryList, protocol.ListHistory{}); err != nil {
		return err
	}
	if _, err := t.Next(ctx); err != nil {
		return err
	}
	go func() { _, _ = t.Next(ctx) }()
	return t.Ping(ctx)
}
