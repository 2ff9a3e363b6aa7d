package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func russian(t testing.TB) *phone.Reader {
	t.Helper()
	r, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// memory is a source in memory.
type memory struct {
	name string
	mu   sync.Mutex
	rows []protocol.Customer
	err  error
	read int
}

func (m *memory) Name() string { return m.name }

func (m *memory) Read(_ context.Context, add func(protocol.Customer), _ func(Problem)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read++
	for _, c := range m.rows {
		add(c)
	}
	return m.err
}

func (m *memory) set(err error, rows ...protocol.Customer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.rows = err, rows
}

func (m *memory) times() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read
}

func directory(t testing.TB, reader *phone.Reader, sources ...Source) *Directory {
	t.Helper()
	var feeds []Feed
	for _, s := range sources {
		feeds = append(feeds, Feed{Source: s})
	}
	d := New(reader, quiet(), feeds...)
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// found looks a number up and returns "login@directory", with a ? for a guess.
func found(t testing.TB, d *Directory, reader *phone.Reader, raw string) string {
	t.Helper()
	customers, err := d.Find(t.Context(), reader.Read(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	var out []string
	for _, c := range customers {
		text := c.Login + "@" + c.Directory
		if c.Maybe {
			text += "?"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestCommonEndsOfNumbers(t *testing.T) {
	reader := russian(t)
	d := directory(t, reader, &memory{name: "m", rows: []protocol.Customer{
		{Login: "moscow", Phone: "+79167654321"},
		{Login: "part", Phone: "167654321"},
		{Login: "longer", Phone: "9(495)7778899"},
		{Login: "nine", Phone: "957778899"},
		{Login: "zero", Phone: "0000000"},
		{Login: "many1", Phone: "+74950000001"},
		{Login: "many2", Mobile: "+74950000001", Phone: "+7 495 000-00-01"},
		{Login: "italy", Phone: "+390212345678"},
	}})
	for _, test := range []struct{ raw, want string }{
		{"+79167654321", "moscow@m"}, // found exactly: ends do not matter
		{"+78167654321", "part@m"},   // another Russian number: not moscow
		// not valid, so that its end decides: the longer one first
		{"+4479167654321", "moscow@m part@m"},
		{"99957778899", "longer@m nine@m"},  // nine digits
		{"8 (999) 777 88 99", ""},           // seven digits, but two have them
		{"+74950000001", "many1@m many2@m"}, // ambiguous, without duplicates
		// eight common digits with Italy, both complete
		{"+441312345678", ""},
		// nine, in another part of the world: perhaps a wrong country code
		{"+441212345678", "italy@m?"},
		{strings.Repeat("9", 40) + "957778899", "longer@m nine@m"}, // longer than any number
	} {
		if got := found(t, d, reader, test.raw); got != test.want {
			t.Errorf("%s: %q, want %q", test.raw, got, test.want)
		}
	}
}

func TestSharedAddressIsNotOnePerson(t *testing.T) {
	reader := russian(t)
	d := directory(t, reader,
		&memory{name: "a", rows: []protocol.Customer{
			{Login: "one", Email: "info@acme.example", Phone: "+74951111111"},
			{Login: "two", Email: "info@acme.example", Phone: "+74952222222"},
			{Login: "UPPER", Name: "Upper", Phone: "+74953333333"},
		}},
		&memory{name: "b", rows: []protocol.Customer{
			{Login: "three", Email: "INFO@acme.example", Company: "Acme", Phone: "+74951111111"},
			{Login: "upper", Company: "Case", Phone: "+74953333333"},
		}},
	)
	if got := found(t, d, reader, "+74951111111"); got != "one@a three@b" {
		t.Errorf("a shared address: %q", got)
	}
	customers, _ := d.Find(t.Context(), reader.Read("+74953333333"))
	if len(customers) != 1 || customers[0].Login != "UPPER" || customers[0].Company != "Case" {
		t.Errorf("one login in two spellings: %+v", customers)
	}
}

func TestCustomersOfOneNumberAreLimited(t *testing.T) {
	reader := russian(t)
	m := &memory{name: "m"}
	for i := range 10 * MaxFound {
		m.rows = append(m.rows, protocol.Customer{
			Login: fmt.Sprint("user", i), Email: "info@acme.example", Phone: "+74951234567",
		})
	}
	customers, err := directory(t, reader, m).Find(t.Context(), reader.Read("+74951234567"))
	if err != nil || len(customers) != MaxFound || customers[0].Login != "user0" {
		t.Errorf("%d customers, error %v", len(customers), err)
	}
}

func TestFailedReadKeepsTheOldCustomers(t *testing.T) {
	reader := russian(t)
	good, bad := &memory{name: "good"}, &memory{name: "bad"}
	good.set(nil, protocol.Customer{Login: "a", Phone: "+74951111111"})
	bad.set(errors.New("no route to host"))
	d := New(reader, quiet(), Feed{Source: good}, Feed{Source: bad})
	if _, err := d.Find(t.Context(), reader.Read("+74951111111")); err == nil {
		t.Error("no error while no source was read")
	}
	if err := d.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "directory bad: no route to host") {
		t.Errorf("refresh: %v", err)
	}
	if got := found(t, d, reader, "+74951111111"); got != "a@good" {
		t.Errorf("the other source: %q", got)
	}
	if _, err := d.Find(t.Context(), reader.Read("+74952222222")); err == nil || !strings.Contains(err.Error(),
		"directory bad has not been read yet") {
		t.Errorf("no customer while a source is unread: %v", err)
	}

	bad.set(nil, protocol.Customer{Login: "b", Phone: "+74952222222"})
	if err := d.Refresh(t.Context(), "bad"); err != nil {
		t.Fatal(err)
	}
	bad.set(errors.New("cut off"), protocol.Customer{Login: "half", Phone: "+74953333333"})
	if err := d.Refresh(t.Context(), "bad"); err == nil {
		t.Fatal("no error")
	}
	if got := found(t, d, reader, "+74952222222") + found(t, d, reader, "+74953333333"); got != "b@bad" {
		t.Errorf("after a failed reading: %q", got)
	}
	status := d.Status()
	if s := status[0]; s.LastError != "" || s.Rows != 1 || s.Numbers != 1 || s.Read.IsZero() || s.Bytes == 0 {
		t.Errorf("good: %+v", s)
	}
	if s := status[1]; !strings.Contains(s.LastError, "cut off") || s.Rows != 1 || s.Read.IsZero() {
		t.Errorf("bad: %+v", s)
	}
	bad.set(nil, protocol.Customer{Login: "c", Phone: "+74954444444"})
	if err := d.Refresh(t.Context(), "bad"); err != nil || d.Status()[1].LastError != "" || d.Status()[1].Rows != 1 {
		t.Errorf("corrected: %v, %+v", err, d.Status()[1])
	}
	if err := d.Refresh(t.Context(), "stranger"); err == nil {
		t.Error("an unknown name was refreshed")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Find(cancelled, reader.Read("+74951111111")); !errors.Is(err, context.Canceled) {
		t.Errorf("find after its time: %v", err)
	}
}

func TestSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := russian(t)
		timed, still, broken := &memory{name: "timed"}, &memory{name: "still"}, &memory{name: "broken"}
		broken.set(errors.New("away"))
		d := New(reader, quiet(), Feed{timed, 5 * time.Minute}, Feed{Source: still}, Feed{broken, time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.Run(ctx); close(done) }()

		synctest.Wait()
		if timed.times() != 1 || still.times() != 1 || broken.times() != 1 {
			t.Fatalf("on start: %d %d %d", timed.times(), still.times(), broken.times())
		}
		time.Sleep(4*time.Minute + 59*time.Second)
		synctest.Wait()
		if timed.times() != 1 || still.times() != 1 || broken.times() != 10 {
			t.Fatalf("before five minutes: %d %d %d", timed.times(), still.times(), broken.times())
		}
		timed.set(nil, protocol.Customer{Login: "new", Phone: "+74951111111"})
		broken.set(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if timed.times() != 2 || still.times() != 1 || broken.times() != 11 {
			t.Fatalf("after five minutes: %d %d %d", timed.times(), still.times(), broken.times())
		}
		if got := found(t, d, reader, "+74951111111"); got != "new@timed" {
			t.Errorf("found %q", got)
		}
		// On demand, independent of the schedule; two requests at once make one read.
		for _, name := range []string{"still", "still", "stranger"} {
			if known := d.ReadSoon(name); known != (name == "still") {
				t.Errorf("%s is known: %t", name, known)
			}
		}
		synctest.Wait()
		if still.times() < 2 || still.times() > 3 || timed.times() != 2 {
			t.Errorf("on demand: %d, the others %d", still.times(), timed.times())
		}
		if age := time.Since(d.Status()[0].Read); age != 59*time.Second {
			t.Errorf("age %s", age)
		}
		cancel()
		<-done
	})
}

func TestLookupsDuringReads(t *testing.T) {
	reader := russian(t)
	m := &memory{name: "m", rows: many(300)}
	m.rows = append(m.rows, protocol.Customer{Login: "always", Phone: "+74951111111"})
	d := directory(t, reader, m)
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			n := reader.Read("+74951111111")
			for {
				if c, err := d.Find(context.Background(), n); err != nil || len(c) != 1 || c[0].Login != "always" {
					t.Errorf("%+v, %v", c, err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 5 {
		if err := d.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	all.Wait()
}

func TestTooLargeRowIsAProblem(t *testing.T) {
	reader := russian(t)
	d := directory(t, reader, &memory{name: "m", rows: []protocol.Customer{
		{Login: "huge", Location: strings.Repeat("x", maxRow), Phone: "+74951111111"},
		{Login: "good", Phone: "+74951111111"},
	}})
	if got := found(t, d, reader, "+74951111111"); got != "good@m" {
		t.Errorf("found %q", got)
	}
	if s := d.Status()[0]; s.Troubles != 1 || !strings.Contains(s.Problems[0].Text, "huge") {
		t.Errorf("%+v", s)
	}
}

// many returns customers as in OTRS, with two numbers each.
func many(count int) []protocol.Customer {
	out := make([]protocol.Customer, count)
	for i := range out {
		out[i] = protocol.Customer{
			Login: fmt.Sprintf("user%d", i), Name: fmt.Sprintf("Иванов Иван %d", i),
			Email:   fmt.Sprintf("user%d@company%d.example", i, i/10),
			Company: fmt.Sprintf("ООО «Ромашка %d»", i/10),
			Phone:   fmt.Sprintf("+7 (495) %03d-%02d-%02d", 100+i/10000%900, i/100%100, i%100),
			Mobile:  fmt.Sprintf("8-916-%03d-%02d-%02d", 100+i/10000%900, i/100%100, i%100),
		}
	}
	return out
}
