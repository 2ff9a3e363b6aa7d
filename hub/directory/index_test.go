package directory

import (
	"fmt"
	"hash/maphash"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
)

func TestKeys(t *testing.T) {
	for _, test := range []struct {
		a, b   string
		shared int
	}{
		{"74951234567", "4951234567", 10},
		{"74951234567", "74951234567", 11},
		{"74951234567", "84951234567", 10},
		{"1234567", "7", 1},
		{"1234567", "8", 0},
		{"0000000", "10000000", 7},
		{"", "1", 0},
		{"999999999999999", "999999999999999", 15},
		{"123456789012345678", "999456789012345678", 15},
	} {
		a, b := makeKey(test.a, public), makeKey(test.b, local)
		if a.shared(b) != test.shared || b.shared(a) != test.shared {
			t.Errorf("%s and %s share %d digits, want %d", test.a, test.b, a.shared(b), test.shared)
		}
		if want := min(len(test.a), keyDigits); a.digits() != want {
			t.Errorf("%s has %d digits", test.a, a.digits())
		}
		if test.a != "" && len(test.a) <= keyDigits && a.first() != key(test.a[0]-'0'+1) {
			t.Errorf("%s begins with %d", test.a, a.first())
		}
		if len(test.a) >= 7 && len(test.b) >= 7 {
			from, to := a.suffix(7)
			if inside := b >= from && b < to; inside != (test.shared >= 7) {
				t.Errorf("%s has the end of %s: %t", test.b, test.a, inside)
			}
		}
	}
	if packExtension("012") == packExtension("12") || packExtension("") != 0 || packExtension("99999999") == 0 {
		t.Error("extensions are mixed up")
	}
}

// The index answers as a plain walk over all customers does.
func TestFindsWhatAWalkFinds(t *testing.T) {
	reader := russian(t)
	rows := many(1000)
	d := directory(t, reader, &memory{name: "m", rows: rows})
	walk := map[string][]string{}
	for _, c := range rows {
		for _, own := range append(reader.Numbers(c.Phone), reader.Numbers(c.Mobile)...) {
			walk[own.E164] = append(walk[own.E164], c.Login+"@m")
		}
	}
	hits := 0
	for i := range 400 {
		raw := fmt.Sprintf("+7495%07d", 1_000_000+i*7)
		want := walk[raw]
		hits += len(want)
		if got := found(t, d, reader, raw); got != strings.Join(want, " ") {
			t.Fatalf("%s: %q, want %q", raw, got, want)
		}
	}
	if hits == 0 {
		t.Fatal("nobody was looked for")
	}
}

func TestRowsComeBackAsTheyWereAdded(t *testing.T) {
	reader := russian(t)
	rows := many(14000) // more than a chunk holds
	rows[5].Location = strings.Repeat("я", 20000)
	rows[6] = protocol.Customer{Name: "x"}
	for i := range rows {
		rows[i].Phone, rows[i].Mobile = fmt.Sprint(i%100), "" // read quickly
	}
	b := newBuilder("m", reader, maphash.MakeSeed())
	for _, c := range rows {
		if !b.add(c) {
			t.Fatal("refused")
		}
	}
	table, err := b.finish()
	if err != nil || len(table.chunks) < 2 {
		t.Fatalf("%d chunks, error %v", len(table.chunks), err)
	}
	for i, want := range rows {
		want.Directory = "m"
		if got := table.customer(uint32(i)); got != want {
			t.Fatalf("row %d: %+v, want %+v", i, got, want)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	const count = 100_000
	reader := russian(b)
	rows := many(count)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := directory(b, reader, &memory{name: "m", rows: rows})
	runtime.GC()
	runtime.ReadMemStats(&after)
	perCustomer := float64(after.HeapAlloc-before.HeapAlloc) / count

	for _, test := range []struct{ name, raw string }{
		{"known", "+74951050512"},
		{"unknown", "+74851050512"},
		{"suffix", "51050512"},
		{"extension", "101"},
	} {
		b.Run(test.name, func(b *testing.B) {
			n := reader.Read(test.raw)
			var slow []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				_, err := d.Find(b.Context(), n)
				slow = append(slow, time.Since(start))
				if err != nil {
					b.Fatal(err)
				}
			}
			slices.Sort(slow)
			b.ReportMetric(float64(slow[len(slow)*99/100].Nanoseconds()), "p99-ns")
			b.ReportMetric(perCustomer, "bytes/customer")
		})
	}
	b.Run("reference=walk", func(b *testing.B) {
		for b.Loop() {
			if slices.ContainsFunc(rows, func(c protocol.Customer) bool { return c.Phone == "+7 (000) 000-00-00" }) {
				b.Fatal("found")
			}
		}
	})
	runtime.KeepAlive(rows)
}

func BenchmarkRefresh(b *testing.B) {
	const count = 10_000
	d := New(russian(b), quiet(), Feed{Source: &memory{name: "m", rows: many(count)}})
	for b.Loop() {
		if err := d.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/customer")
}
