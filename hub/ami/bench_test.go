package ami_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"runtime"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/wire"
)

// trackerEvents are the events that trackers want.
var trackerEvents = []string{
	"Newchannel", "Newstate", "NewCallerid", "NewConnectedLine", "DialBegin", "DialState", "DialEnd", "Hangup",
	"BridgeEnter", "BridgeLeave", "BridgeMerge", "BlindTransfer", "AttendedTransfer", "LocalBridge",
	"LocalOptimizationBegin",
	"LocalOptimizationEnd", "Pickup", "Hold", "Unhold", "ParkedCall", "UnParkedCall", "ParkedCallTimeOut",
	"ParkedCallGiveUp",
	"OriginateResponse", "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "AgentCalled", "AgentConnect",
	"AgentComplete", "AgentRingNoAnswer", "UserEvent",
}

// recorded is the raw stream of a working day.
func recorded(tb testing.TB) []byte {
	tb.Helper()
	f, err := os.Open("wire/testdata/events.ami.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// The load is a recorded working day, about 8,900 events, repeated over loopback TCP by a goroutine
// of this process.

// decoders read days × the recording's messages from a connection, and return the number read.
var decoders = []struct {
	name   string
	decode func(conn io.Reader, days, messages, size int) (int, error)
}{
	{"skipping", func(conn io.Reader, _, _, _ int) (int, error) {
		rd := wire.NewReader(conn, trackerEvents...)
		for {
			_, err := rd.Next()
			kept, skipped := rd.Counts()
			if seen := int(kept + skipped); err != nil {
				return seen, ignoreEOF(err)
			}
		}
	}},
	{"everything", func(conn io.Reader, days, messages, _ int) (int, error) {
		rd := wire.NewReader(conn)
		for i := range days * messages {
			if _, err := rd.Next(); err != nil {
				return i, err
			}
		}
		return days * messages, nil
	}},
	{"textproto", func(conn io.Reader, days, messages, _ int) (int, error) {
		rd := textproto.NewReader(bufio.NewReaderSize(conn, 64<<10))
		for i := range days * messages {
			if _, err := rd.ReadMIMEHeader(); err != nil {
				return i, err
			}
		}
		return days * messages, nil
	}},
	{"discarding", func(conn io.Reader, _, messages, size int) (int, error) {
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{conn}, make([]byte, 64<<10))
		return int(n) / size * messages, err
	}},
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// loopback accepts connections and sends each the stream that many times.
func loopback(b *testing.B, stream []byte, before string, days int) string {
	b.Helper()
	var lc net.ListenConfig
	listener, err := lc.Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	b.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, err = io.WriteString(conn, before)
			for i := 0; i < days && err == nil; i++ {
				_, err = conn.Write(stream)
			}
			// Closing with the client's login unread would reset the connection and lose data.
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// pass decodes days recordings and returns the time and the allocations.
func pass(b *testing.B, decoder, days, messages, size int, address string) (time.Duration, uint64) {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	seen, err := decoders[decoder].decode(conn, days, messages, size)
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if err != nil || seen != days*messages {
		b.Fatalf("%s: %d messages instead of %d: %v", decoders[decoder].name, seen, days*messages, err)
	}
	return took, after.Mallocs - before.Mallocs
}

// BenchmarkDecode measures each decoder: events per second and allocations per event.
func BenchmarkDecode(b *testing.B) {
	stream := recorded(b)
	const days, messages = 10, 8902
	for i, d := range decoders {
		b.Run(d.name, func(b *testing.B) {
			address := loopback(b, stream, "", days)
			b.SetBytes(int64(days * len(stream)))
			var took time.Duration
			var allocs uint64
			for b.Loop() {
				t, a := pass(b, i, days, messages, len(stream), address)
				took += t
				allocs += a
			}
			events := float64(b.N * days * messages)
			b.ReportMetric(events/took.Seconds(), "events/s")
			b.ReportMetric(float64(allocs)/events, "allocs/event")
		})
	}
}

// BenchmarkRatio runs all decoders in turn and reports how many times faster than net/textproto
// each is, and its speed in percent of discarding. It compares the best passes, which other load on
// the machine disturbs least.
func BenchmarkRatio(b *testing.B) {
	stream := recorded(b)
	const days, messages = 3, 8902
	address := loopback(b, stream, "", days)
	best := make([]time.Duration, len(decoders))
	for b.Loop() {
		for i := range decoders {
			if took, _ := pass(b, i, days, messages, len(stream), address); best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	const textproto, discarding = 2, 3
	for i, d := range decoders {
		if i != textproto {
			b.ReportMetric(float64(best[textproto])/float64(best[i]), "×textproto:"+d.name)
		}
		if i != discarding {
			b.ReportMetric(100*float64(best[discarding])/float64(best[i]), "%discarding:"+d.name)
		}
	}
}

// BenchmarkSession measures the path to the consumer: login, reading goroutine, queue.
func BenchmarkSession(b *testing.B) {
	stream := recorded(b)
	const days, messages = 10, 8902
	wanted := 0
	rd := wire.NewReader(bytes.NewReader(stream), trackerEvents...)
	for _, err := rd.Next(); err == nil; _, err = rd.Next() {
		wanted++
	}
	address := loopback(b, stream, "Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n\r\n", days)
	b.SetBytes(int64(days * len(stream)))
	got := 0
	cfg := ami.Config{
		Address: address, Username: "x", Password: "y", Wanted: trackerEvents, Queue: days * messages,
	}
	began := time.Now()
	for b.Loop() {
		s, err := ami.Connect(b.Context(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		for range s.Events() {
			got++
		}
		s.Close(nil)
	}
	took := time.Since(began)
	n := b.N
	if got != n*days*wanted {
		b.Fatalf("%d events instead of %d", got, n*days*wanted)
	}
	b.ReportMetric(float64(n*days*messages)/took.Seconds(), "events/s")
}
