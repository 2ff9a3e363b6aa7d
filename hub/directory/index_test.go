package directory

import (
	"context"
	"fmt"
	"hash/maphash"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// The index finds the same as a walk over all customers.
func TestFindEqualsWalk(t *testing.T) {
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
		t.Fatal("no hits")
	}
}

func TestRowsAreUnchanged(t *testing.T) {
	reader := russian(t)
	rows := many(14000) // more than a chunk
	rows[5].Location = strings.Repeat("я", 20000)
	rows[6] = protocol.Customer{Name: "x"}
	for i := range rows {
		rows[i].Phone, rows[i].Mobile = fmt.Sprint(i%100), "" // fast to parse
	}
	b := newBuilder("m", reader, maphash.MakeSeed(), nil)
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

// A repeated read gives the same table as a first read.
func TestRepeatedReadEqualsFirstRead(t *testing.T) {
	reader := russian(t)
	rows := many(2000)
	rows[7].Phone, rows[8].Mobile = "sip:alice101@pbx, 101", "+7 (495) 999-00-00 доб. 12"
	m := &memory{name: "m", rows: rows}
	d := directory(t, reader, m)
	seed := d.index.Load().seed

	changed := slices.Concat(rows[1000:], []protocol.Customer{
		{Name: "new", Phone: "+74957654321"}, {Login: "user3", Phone: "+74957654322"},
	}, rows[:900])
	changed[5].Fax = "+74957654323"
	changed[6].Phone = ""
	for _, again := range [][]protocol.Customer{changed, rows, rows[:10], rows} {
		m.set(nil, again...)
		if err := d.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := newBuilder("m", reader, seed, nil)
		for _, c := range again {
			first.add(c)
		}
		want, err := first.finish()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.index.Load().tables[0], cmp.AllowUnexported(table{}, entry{}, hashed{}),
			cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%d customers (-first +repeated):\n%.2000s", len(again), diff)
		}
	}
}

// BenchmarkMillion measures lookups in a million customers with two numbers each, also during a
// read, the reads, and the memory per customer.
func BenchmarkMillion(b *testing.B) {
	const count = 1_000_000
	reader := russian(b)
	rows := many(count)
	for i := range 200 { // a switchboard
		rows[i].Fax = "+74959999999"
	}
	m := &memory{name: "m", rows: rows}
	d := New(reader, quiet(), Feed{Source: m})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	if err := d.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	first := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	perCustomer := float64(after.HeapAlloc-before.HeapAlloc) / count

	find := func(b *testing.B, raws ...string) {
		var numbers []phone.Number
		for _, raw := range raws {
			numbers = append(numbers, reader.Read(raw))
		}
		took := make([]time.Duration, 0, 1<<20)
		b.ReportAllocs()
		for b.Loop() {
			start := time.Now()
			_, err := d.Find(b.Context(), numbers[len(took)%len(numbers)])
			took = append(took, time.Since(start))
			if err != nil {
				b.Fatal(err)
			}
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
		b.ReportMetric(perCustomer, "bytes/customer")
	}
	known := make([]string, 1000) // spread over the table
	for i := range known {
		known[i] = rows[i*997].Phone
	}
	b.Run("known", func(b *testing.B) { find(b, known...) })
	b.Run("unknown", func(b *testing.B) { find(b, "+74851050512", "+79995550000") })
	b.Run("suffix", func(b *testing.B) { find(b, "51050512") })
	b.Run("switchboard", func(b *testing.B) { find(b, "+74959999999") })
	b.Run("known/while=refresh", func(b *testing.B) {
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				_ = d.Refresh(ctx)
			}
		}()
		find(b, known...)
		cancel()
		<-done
	})
	b.Run("refresh=same", func(b *testing.B) {
		for b.Loop() {
			if err := d.Refresh(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(first.Seconds()/(b.Elapsed().Seconds()/float64(b.N)), "times-faster-than-first")
		b.ReportMetric(first.Seconds(), "s-first")
	})
	b.Run("reference=walk", func(b *testing.B) {
		for b.Loop() {
			if slices.ContainsFunc(rows, func(c protocol.Customer) bool { return c.Phone == "+7 (000) 000-00-00" }) {
				b.Fatal("found")
			}
		}
	})
}
