package directory

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"traybell/shared/protocol"
)

// scripted is a source whose reads are functions.
type scripted func(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error

func (scripted) Name() string { return "s" }

func (s scripted) Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
	return s(ctx, add, problem)
}

// export is a source with good rows, and bad ones that are skipped.
func export(good, bad int, number string) scripted {
	return func(_ context.Context, add func(protocol.Customer), problem func(Problem)) error {
		for i := range good {
			phone := strings.Replace(number, "#", fmt.Sprintf("%07d", i), 1)
			add(protocol.Customer{Login: fmt.Sprint("c", i), Phone: phone})
		}
		for i := range bad {
			problem(Problem{Line: i + 1, Text: "3 fields, but the header has 2"})
		}
		return nil
	}
}

func TestBadExportKeepsTheCustomersBefore(t *testing.T) {
	const number = "+7495#"
	for name, c := range map[string]struct {
		next scripted
		why  string // empty: the new customers are used
	}{
		"only bad rows":            {export(0, 100, number), "no customer can be used"},
		"empty":                    {export(0, 0, number), "it has no customers"},
		"no numbers":               {export(100, 0, "none"), "no customer has a number"},
		"most rows are bad":        {export(20, 80, number), "20 customers, 80 less than before, and 80 problems"},
		"some rows are bad":        {export(80, 20, number), ""},
		"fewer customers":          {export(3, 0, number), ""},
		"fewer, and a few are bad": {export(10, 2, number), ""},
	} {
		source := export(100, 0, number)
		s := scripted(func(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
			return source(ctx, add, problem)
		})
		reader := russian(t)
		d := directory(t, reader, s)
		before := d.Status()[0].Read
		source = c.next
		err := d.Refresh(t.Context())
		status := d.Status()[0]
		if c.why == "" {
			if err != nil || status.LastError != "" || status.Rows == 100 {
				t.Errorf("%s: %v, %+v", name, err, status)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.why) || !strings.Contains(status.LastError, c.why) ||
			status.Rows != 100 || !status.Read.Equal(before) || found(t, d, reader, "+74950000042") != "c42@s" {
			t.Errorf("%s: %v, %+v", name, err, status)
		}
		if strings.Contains(name, "bad") && len(status.Problems) == 0 {
			t.Errorf("%s: no problems are shown", name)
		}
		source = export(50, 0, number)
		if err := d.Refresh(t.Context()); err != nil || d.Status()[0].Rows != 50 || d.Status()[0].LastError != "" {
			t.Errorf("%s, corrected: %v, %+v", name, err, d.Status()[0])
		}
	}
}

// A first read has no customers to keep: what is wrong is a fault, which fails `check`.
func TestFirstReadOfABadExport(t *testing.T) {
	d := directory(t, russian(t), export(0, 100, ""))
	if s := d.Status()[0]; s.Fault != "no customer can be used" || s.Rows != 0 || s.Troubles != 101 {
		t.Errorf("%+v", s)
	}
}

func TestReadsEndAtTheirLimits(t *testing.T) {
	for name, c := range map[string]struct {
		source scripted
		want   string
	}{
		"time": {func(ctx context.Context, _ func(protocol.Customer), _ func(Problem)) error {
			<-ctx.Done()
			return ctx.Err()
		}, "it was not read within 1h0m0s"},
		"customers": {func(ctx context.Context, add func(protocol.Customer), _ func(Problem)) error {
			for ctx.Err() == nil {
				add(protocol.Customer{Name: "x"})
			}
			return ctx.Err()
		}, "more than 2000000 customers or 512 MiB"},
		"bytes": {func(ctx context.Context, add func(protocol.Customer), _ func(Problem)) error {
			for text := strings.Repeat("x", 60000); ctx.Err() == nil; {
				add(protocol.Customer{Name: text})
			}
			return ctx.Err()
		}, "more than 2000000 customers or 512 MiB"},
		"bad rows": {func(ctx context.Context, _ func(protocol.Customer), problem func(Problem)) error {
			for text := strings.Repeat("x", 1000); ctx.Err() == nil; {
				problem(Problem{Text: text})
			}
			return ctx.Err()
		}, "more than 2000000 customers or 512 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := New(russian(t), quiet(), Feed{Source: c.source})
				if err := d.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %q", err, c.want)
				}
				if s := d.Status()[0]; s.Rows != 0 || !strings.Contains(s.LastError, c.want) {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}
