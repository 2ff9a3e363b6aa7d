package caller

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// known is what directories and the store have, by phone.Number.Key.
type known struct {
	customers map[string]protocol.Customer
	red       string
	blocked   string
	err       error // of the categories
}

func (k known) Find(_ context.Context, n phone.Number) ([]protocol.Customer, error) {
	if c, ok := k.customers[n.Key()]; ok {
		return []protocol.Customer{c}, nil
	}
	return nil, nil
}

func (k known) Known(ctx context.Context, n phone.Number) ([]protocol.Customer, error) {
	return k.Find(ctx, n)
}

func (k known) Category(_ context.Context, number string) (protocol.Category, error) {
	if number == k.red {
		return protocol.Category{Number: number, Color: protocol.Red}, k.err
	}
	return Neutral(number), k.err
}

func (k known) Of(_ context.Context, number string) *protocol.Block {
	if number == k.blocked {
		return &protocol.Block{By: "Anna"}
	}
	return nil
}

const mobile, leer = "+491716783154", "+49491716783154" // readings of one number

func readings(t *testing.T) []phone.Number {
	t.Helper()
	numbers, err := phone.NewReader("DE", nil)
	if err != nil {
		t.Fatal(err)
	}
	list := numbers.Readings(numbers.Read("491716783154"))
	if len(list) != 2 || list[0].E164 != mobile || list[1].E164 != leer {
		t.Fatalf("readings: %+v", list)
	}
	return list
}

func TestReadingThatIsUsed(t *testing.T) {
	type customers = map[string]protocol.Customer
	weber, perhaps := protocol.Customer{Login: "weber"}, protocol.Customer{Login: "kim", Maybe: true}
	for name, c := range map[string]struct {
		known  known
		number string
		login  string
		status protocol.CallerStatus
	}{
		"nothing is known": {known{}, mobile, "", protocol.Unknown},
		"the likely one":   {known{customers: customers{mobile: weber}}, mobile, "weber", protocol.Known},
		"the unlikely one": {known{customers: customers{leer: weber}}, leer, "weber", protocol.Known},
		"a guess":          {known{customers: customers{leer: perhaps}}, leer, "kim", protocol.Several},
		"a customer over a guess": {
			known{customers: customers{mobile: perhaps, leer: weber}}, leer, "weber", protocol.Known,
		},
		"a customer over a category": {
			known{customers: customers{mobile: weber}, red: leer}, mobile, "weber", protocol.Known,
		},
		"a category": {known{red: leer}, leer, "", protocol.Unknown},
		"a block":    {known{blocked: leer}, leer, "", protocol.Unknown},
	} {
		l := Lookup{Directory: c.known, Categories: c.known, Blocks: c.known, Log: slog.New(slog.DiscardHandler)}
		with, customers, err := l.Customers(t.Context(), readings(t))
		if err != nil {
			t.Fatal(err)
		}
		found := l.Noted(t.Context(), "main:1.1", with, customers)
		got, login := found.Caller(false), ""
		if len(got.Customers) > 0 {
			login = got.Customers[0].Login
		}
		if found.Number.E164 != c.number || login != c.login || got.Status != c.status {
			t.Errorf("%s: %s, %q, %s", name, found.Number.E164, login, got.Status)
		}
		if (got.Blocked != nil) != (c.known.blocked != "") || (got.Category.Color == protocol.Red) !=
			(c.known.red == c.number) {
			t.Errorf("%s: category %+v, block %+v", name, got.Category, got.Blocked)
		}
		if inside := found.Caller(true).Status; inside != protocol.OwnPhone {
			t.Errorf("%s: inside %s", name, inside)
		}
	}
}

func TestUnreadableCategoryIsNeutral(t *testing.T) {
	var log bytes.Buffer
	k := known{red: mobile, err: errors.New("disk I/O error")}
	l := Lookup{Directory: k, Categories: k, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if got, block := l.Notes(t.Context(), "main:1.1", mobile); got != Neutral(mobile) || block != nil {
		t.Errorf("%+v, %+v", got, block)
	}
	if !strings.Contains(log.String(), "call=main:1.1") || !strings.Contains(log.String(), "disk I/O error") {
		t.Errorf("logged: %s", log.String())
	}
}

func TestWhereTheCallComesFrom(t *testing.T) {
	company := Company{
		Staff:     staff.New([]staff.Agent{{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"}}}),
		Endpoints: map[string]*endpoint.Rules{"main": endpoint.NewRules(nil, []string{"2xx"}, nil)},
	}
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]bool{"101": true, "205": true, "301": false, "84951234567": false} {
		n := numbers.Read(number)
		if got := company.Impostor(protocol.Incoming, n); got != want {
			t.Errorf("%s from outside: impostor %t", number, got)
		}
		if company.Impostor(protocol.Internal, n) || company.Impostor(protocol.Outgoing, n) {
			t.Errorf("%s is an impostor inside", number)
		}
	}
	for name, want := range map[string]bool{"Anna Petrova": true, "101": true, "ACME": false, "": false} {
		if company.Pretends(protocol.Incoming, name, numbers) != want ||
			company.Pretends(protocol.Internal, name, numbers) {
			t.Errorf("%q as the name: want %t from outside only", name, want)
		}
	}
	for _, c := range []struct {
		endpoint, number string
		colleague        bool
	}{
		{"101", "101", true},
		{"101", "84950000001", true},
		{"99101", "101", true},
		{"701", "101", false}, // a gateway that is set up like a phone
		{"205", "205", false},
	} {
		if got := Colleagues(company.Staff.At, c.endpoint, c.number); (len(got) == 1) != c.colleague {
			t.Errorf("%s from %s: %+v", c.number, c.endpoint, got)
		}
	}
	legs := []calls.Leg{{Extension: "102"}, {Extension: "101", Calling: true}}
	if got := Extension(calls.Call{Legs: legs}) + Extension(calls.Call{Legs: legs[:1]}); got != "101" {
		t.Errorf("placed by %q", got)
	}
}
