package directory

import (
	"os"
	"strings"
	"testing"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

func TestAmbiguousNumbers(t *testing.T) {
	numbers, err := phone.NewReader("DE", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name         string
		stored       []string // of customers a, b, …
		presented    string
		want         string
		wantOfNumber int
	}{
		{"a mobile phone", []string{"0171 6783154"}, "491716783154", "a@m", 1},
		{"the unlikely reading", []string{"0491 716783154"}, "491716783154", "a@m", 1},
		{"both", []string{"0491 716783154", "0171 6783154"}, "491716783154", "b@m", 2},
		{"stored without plus", []string{"491716783154"}, "+491716783154", "a@m", 1},
		{"stored without plus, unlikely", []string{"491716783154"}, "0491716783154", "a@m", 1},
		{"stored both ways", []string{"491716783154", "0491 716783154"}, "0491716783154", "b@m", 2},
		{"another number", []string{"0171 6783154"}, "+49491716783154", "", 1},
		{"a foreign number without plus", []string{"+43 1 23456789"}, "43123456789", "a@m", 1},
		{"an extension of a switchboard", []string{"030 123456-0"}, "+493012345678", "a@m?", 1},
		{"one that writes its company's number", []string{"030 123456 – 0"}, "+4930123456", "a@m?", 1},
		{
			"a switchboard among other numbers",
			[]string{"Zentrale: 030/123456-0, mobil 0171 6783154"},
			"+493012345678", "a@m?", 2,
		},
		{"the switchboard", []string{"030 123456-0"}, "+49301234560", "a@m", 1},
		{"a customer's extension", []string{"030 123456-0", "030 123456-78"}, "+493012345678", "b@m", 2},
		{"a switchboard of two", []string{"030 123456-0", "030 123456-0"}, "+493012345678", "", 2},
		{"a number that ends in zero", []string{"030 1234560"}, "+493012345678", "", 1},
		{"another company's extension", []string{"030 123456-0"}, "+493012346678", "", 1},
		{"not both ways", []string{"+43 1 23456789"}, "043123456789", "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &memory{name: "m"}
			for i, number := range test.stored {
				m.rows = append(m.rows, protocol.Customer{Login: string(rune('a' + i)), Phone: number})
			}
			d := directory(t, numbers, m)
			if got := found(t, d, numbers, test.presented); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if s := d.Status()[0]; s.Numbers != test.wantOfNumber {
				t.Errorf("%d numbers, want %d", s.Numbers, test.wantOfNumber)
			}
			if err := d.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := found(t, d, numbers, test.presented); got != test.want {
				t.Errorf("after another read: %q, want %q", got, test.want)
			}
		})
	}
}

// TestStoredAndPresented has numbers as customers are stored with them and as a PBX presents them:
// region, stored, presented, and whether they are the same subscriber's.
func TestStoredAndPresented(t *testing.T) {
	text, err := os.ReadFile("testdata/numbers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(fields) != 4 {
			t.Fatalf("%q", line)
		}
		rows++
		numbers, err := phone.NewReader(fields[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		d := directory(t, numbers, &memory{name: "m", rows: []protocol.Customer{{Login: "a", Phone: fields[1]}}})
		want := map[string]string{"yes": "a@m", "no": "", "maybe": "a@m?"}[fields[3]]
		if got := found(t, d, numbers, fields[2]); got != want && (fields[3] != "maybe" || got != "a@m") {
			t.Errorf("%s: stored %q, presented %s: %q, want %q", fields[0], fields[1], fields[2], got, want)
		}
	}
	if rows < 50 {
		t.Errorf("%d rows", rows)
	}
}
