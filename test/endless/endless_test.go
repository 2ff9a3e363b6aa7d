// Package endless tests that each reader of what comes from outside ends at a bound, says so, and
// holds little memory until then: servers and files here speak their protocol and do not end.
package endless

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

const mib = 1 << 20

// reader is a reader of what comes from outside.
type reader struct {
	name  string
	bound string // what it reads at most
	most  int    // MiB in memory meanwhile, garbage of one collection included
	want  string // part of the error; empty: it reads on, and holds no more
	read  func(t *testing.T) error
}

// enough ends the reads of servers whose answers are used as they come.
var errEnough = errors.New("read enough")

func TestEachReaderEnds(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	all := append(append(append(ofPBX(), ofDirectories()...), ofHelpDesk()...), append(ofFiles(), ofSockets()...)...)
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			runtime.GC()
			peak := watchHeap()
			began := time.Now()
			err := r.read(t)
			held := peak()
			switch {
			case r.want == "" && err != nil && !errors.Is(err, errEnough):
				t.Errorf("error %.300q", err)
			case r.want != "" && (err == nil || !strings.Contains(err.Error(), r.want)):
				t.Errorf("error %.300q, want %q", errText(err), r.want)
			case err != nil && len(err.Error()) > 2000:
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if held > r.most*mib {
				t.Errorf("%d MiB in memory, the bound is %d: %s", held>>20, r.most, r.bound)
			}
			t.Logf("%s: %d MiB in memory, %v", r.bound, held>>20, time.Since(began).Round(time.Millisecond))
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// watchHeap samples the bytes of objects on the heap; the returned function says by how much they
// were above the present at most.
func watchHeap() (peak func() int) {
	const name = "/memory/classes/heap/objects:bytes"
	now := func() uint64 {
		s := []metrics.Sample{{Name: name}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	base, most := now(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			most = max(most, now())
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() int {
		close(stop)
		<-done
		return int(max(most, now(), base) - base) //nolint:gosec // a size in memory
	}
}

// listen serves each connection on a new address, until the test ends.
func listen(t *testing.T, handle func(net.Conn)) (address string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close() //nolint:errcheck // the reader has what it wants
				handle(c)
			}()
		}
	}()
	return l.Addr().String()
}

// pour writes a text again and again until the reader is gone.
func pour(w io.Writer, text string) {
	block := []byte(strings.Repeat(text, max(1, 64<<10/len(text))))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// bottomless is a body that does not end.
type bottomless struct {
	text string
	at   int
}

func (b *bottomless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		more := copy(p[n:], b.text[b.at:])
		n += more
		b.at = (b.at + more) % len(b.text)
	}
	return len(p), nil
}

// large returns a file of 1 GiB that takes no disk: begin, then zero bytes.
func large(t *testing.T, name, begin string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(begin)
	if err = errors.Join(err, f.Truncate(1<<30), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// some is how many rows are read of what is used as it comes.
const some = 20_000

// upTo returns a context, and a function that ends it after that many calls.
func upTo(ctx context.Context, calls int) (limited context.Context, count func()) {
	limited, cancel := context.WithCancelCause(ctx)
	return limited, func() {
		if calls--; calls == 0 {
			cancel(errEnough)
		}
	}
}
