package phone

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func reader(t testing.TB, region string, rules ...Rule) *Reader {
	t.Helper()
	r, err := NewReader(region, rules)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		region, raw     string
		e164, extension string
	}{
		{"RU", "+74951234567", "+74951234567", ""},
		{"RU", "84951234567", "+74951234567", ""},
		{"RU", "74951234567", "+74951234567", ""},
		{"RU", "4951234567", "+74951234567", ""},
		{"RU", "+7 (495) 123-45-67", "+74951234567", ""},
		{"RU", "8 (495) 123-45-67", "+74951234567", ""},
		{"RU", "8-916-765-43-21", "+79167654321", ""},
		{"RU", "8 916 765 43 21", "+79167654321", ""},
		{"RU", "+7\u00a0495\u2011123\u201145\u201167", "+74951234567", ""},
		{"RU", "\u202a+74951234567\u202c", "+74951234567", ""},
		{"RU", "７４９５１２３４５６７", "+74951234567", ""},
		{"RU", "＋７ ４９５ １２３-４５-６７", "+74951234567", ""},
		{"RU", "8495/1234567", "+74951234567", ""},
		{"RU", "88005553535", "+78005553535", ""},
		{"RU", "0074951234567", "+74951234567", ""},
		{"RU", "0049 30 123456", "+4930123456", ""},
		{"RU", "81049301234567", "+49301234567", ""},
		{"RU", "493012345678", "+493012345678", ""}, // a trunk that drops the plus
		{"RU", "sip:+74951234567@10.0.0.1:5060;user=phone", "+74951234567", ""},
		{"RU", "SIPS:84951234567:secret@pbx.example.com", "+74951234567", ""},
		{"RU", "sip:%2B74951234567@sbc", "+74951234567", ""},
		{"RU", "tel:+7-495-123-45-67", "+74951234567", ""},
		{"RU", "tel:495-123-45-67;phone-context=+7", "+74951234567", ""},
		{"RU", "tel:+7-495-123-45-67;ext=12", "+74951234567", "12"},
		{"RU", "callto://+74951234567", "+74951234567", ""},
		{"RU", `"Ivan <the Great>" <+74951234567>`, "+74951234567", ""},
		{"RU", `"Ivanov" <sip:84951234567@pbx>;tag=x`, "+74951234567", ""},
		{"RU", "84951234567@trunk", "+74951234567", ""},
		{"RU", "+7 495 123-45-67 ext. 12", "+74951234567", "12"},
		{"RU", "+7 495 123-45-67 доб. 12", "+74951234567", "12"},
		{"RU", "+7 495 123-45-67, доб.12", "+74951234567", "12"},
		{"RU", "+7 495 123-45-67 (доб. 12)", "+74951234567", "12"},
		{"RU", "+7 495 123-45-67 ДОБАВОЧНЫЙ 12", "+74951234567", "12"},
		{"RU", "+74951234567;ext=12", "+74951234567", "12"},
		{"RU", "84951234567x12", "+74951234567", "12"},
		{"RU", "84951234567#12", "+74951234567", "12"},
		{"RU", "84951234567,,12#", "+74951234567", "12"},
		{"RU", "84951234567#", "+74951234567", ""},
		{"RU", "+8801712345678", "+8801712345678", ""}, // Bangladesh, not a Russian toll-free number
		{"DE", "030/1234567", "+49301234567", ""},
		{"DE", "+49 (0)30 1234567", "+49301234567", ""},
		{"DE", "+49 30 1234567-0 Durchwahl 12", "+493012345670", "12"},
		{"DE", "0171 1234567", "+491711234567", ""},
		{"DE", "00498912345678", "+498912345678", ""},
		{"US", "(212) 555-2368", "+12125552368", ""},
		{"US", "1-212-555-2368 x12", "+12125552368", "12"},
		{"US", "011 7 495 123 45 67", "+74951234567", ""},
		{"IT", "02 12345678", "+390212345678", ""},
		{"IT", "+39 (0)2 12345678", "+390212345678", ""},
		{"IT", "+39 02 12345678", "+390212345678", ""},
		{"IT", "347 1234567", "+393471234567", ""},
		{"GB", "020 7946 0018", "+442079460018", ""},
		{"GB", "+44 (0)20 7946 0018", "+442079460018", ""},
		{"gb", "07911 123456", "+447911123456", ""},
	} {
		n := reader(t, test.region).Read(test.raw)
		if n.Kind != External || n.E164 != test.e164 || n.Extension != test.extension {
			t.Errorf("%s %q: %+v, want %s extension %q", test.region, test.raw, n, test.e164, test.extension)
		}
		if n.Raw != test.raw {
			t.Errorf("%q: Raw is %q", test.raw, n.Raw)
		}
	}
}

func TestReadWithoutE164(t *testing.T) {
	for _, test := range []struct {
		raw   string
		kind  Kind
		local string
	}{
		{"", Withheld, ""},
		{"  ", Withheld, ""},
		{"-", Withheld, ""},
		{"s", Withheld, ""},
		{"Anonymous", Withheld, ""},
		{"<unknown>", Withheld, ""},
		{"RESTRICTED", Withheld, ""},
		{"private", Withheld, ""},
		{"unavailable", Withheld, ""},
		{"asterisk", Withheld, ""},
		{"No Caller ID", Withheld, ""},
		{"скрытый номер", Withheld, ""},
		{"withheld", Withheld, ""},
		{`"Anonymous" <sip:anonymous@anonymous.invalid>`, Withheld, ""},
		{"sip:@host", Withheld, ""},
		{"101", Internal, "101"},
		{"12345", Internal, "12345"},
		{"0", Internal, "0"},
		{"*98", Internal, "*98"},
		{"#12", Internal, "#12"},
		{"x12", Internal, "x12"},
		{"alice", Internal, "alice"},
		{"alice101", Internal, "alice101"},
		{"alice101@10.0.0.1", Internal, "alice101"},
		{"sip:alice.1234567@example.com", Internal, "alice.1234567"},
		{"queue_4951234567", Internal, "queue_4951234567"},
		{"tel:101;phone-context=+7495", Internal, "101"},
		{"1234567", External, "1234567"},
		{"123-45-67", External, "1234567"},
		{"85551234567", External, "85551234567"}, // mistyped, not a number in Cambodia
		{"*6784951234567", External, "*6784951234567"},
		{"+7495123456789", External, "+7495123456789"},
		{strings.Repeat("9", 60), External, strings.Repeat("9", 60)},
		{strings.Repeat("9", 5000), Internal, strings.Repeat("9", 5000)},
	} {
		n := reader(t, "RU").Read(test.raw)
		if n.Kind != test.kind || n.Local != test.local || n.E164 != "" {
			t.Errorf("%.60q: %+v, want %s %q and no E.164", test.raw, n, test.kind, test.local)
		}
	}
}

func TestDisplay(t *testing.T) {
	for _, test := range []struct{ region, raw, want string }{
		{"RU", "+74951234567", "8 (495) 123-45-67"},
		{"RU", "+493012345678", "+49 30 12345678"},
		{"DE", "+493012345678", "030 12345678"},
		{"US", "2125552368", "(212) 555-2368"},
		{"GB", "+442079460018", "020 7946 0018"},
		{"IT", "+390212345678", "02 1234 5678"},
		{"RU", "sip:101@pbx", "101"},
		{"RU", "1234567", "1234567"},
	} {
		if got := reader(t, test.region).Read(test.raw).Display; got != test.want {
			t.Errorf("%s %q: displayed as %q, want %q", test.region, test.raw, got, test.want)
		}
	}
}

func TestCallerIDRules(t *testing.T) {
	outside := Rule{Prefix: "0", Min: 7, Max: 11, Strip: 1, Show: true}
	hidden := Rule{Prefix: "99", Min: 12, Strip: 2, Show: false}
	city := Rule{Min: 7, Max: 7, Add: "8495", Show: true}
	r := reader(t, "RU", outside, hidden, city)
	for _, test := range []struct{ raw, local, e164, display string }{
		{"04951234567", "4951234567", "+74951234567", "8 (495) 123-45-67"},
		{"084951234567", "084951234567", "", "084951234567"}, // twelve characters: too long for the first rule
		{"9984951234567", "84951234567", "+74951234567", "9984951234567"},
		{"1234567", "84951234567", "+74951234567", "8 (495) 123-45-67"},
		{"123-45-67", "84951234567", "+74951234567", "8 (495) 123-45-67"},
		{"0123456", "123456", "", "123456"}, // the first matching rule, not the best one
		{"101", "101", "", "101"},
	} {
		n := r.Read(test.raw)
		if n.Local != test.local || n.E164 != test.e164 || n.Display != test.display {
			t.Errorf("%q: %+v, want %+v", test.raw, n, test)
		}
	}
	if n := r.Plain().Read("04951234567"); n.Local != "04951234567" {
		t.Errorf("without rules: %q", n.Local)
	}
	// A rule may make an extension of a number.
	branch := reader(t, "RU", Rule{Prefix: "8002", Min: 7, Max: 7, Strip: 4, Show: true})
	if n := branch.Read("8002101"); n.Kind != Internal || n.Local != "101" || n.Display != "101" {
		t.Errorf("number of the branch: %+v", n)
	}
}

func TestNewReaderErrors(t *testing.T) {
	for _, test := range []struct {
		region string
		rule   Rule
		want   string
	}{
		{"", Rule{}, "two letters"},
		{"Russia", Rule{}, "two letters"},
		{"RU", Rule{Min: -1}, "negative"},
		{"RU", Rule{Min: 7, Max: 6}, "at least 7"},
		{"RU", Rule{Prefix: "12345", Max: 3}, "cannot begin"},
		{"RU", Rule{Strip: 3, Max: 3}, "leaves nothing"},
		{"RU", Rule{Add: "abc"}, "only digits"},
	} {
		_, err := NewReader(test.region, []Rule{{Prefix: "0"}, test.rule})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %+v: error %v, want one with %q", test.region, test.rule, err, test.want)
		}
		if err != nil && test.region == "RU" && !strings.Contains(err.Error(), "rule 2") {
			t.Errorf("%v does not name the rule", err)
		}
	}
}

func TestExplain(t *testing.T) {
	r := reader(t, "RU", Rule{Prefix: "0", Strip: 1, Show: true})
	for raw, want := range map[string][]string{
		`"Ivan" <sip:084951234567@pbx>`: {
			"number.extracted 084951234567", "number.rule_shown 84951234567", "number.national +74951234567",
			"number.shown 8 (495) 123-45-67",
		},
		"+49 30 1234567 доб. 12": {
			"number.extension 12", "number.no_rule +49301234567", "number.international +49301234567",
			"number.shown +49 30 1234567",
		},
		"anonymous": {"number.withheld anonymous"},
		"4951234567": {
			"number.no_rule 4951234567", "number.national +74951234567", "number.other +4951234567",
			"number.shown 8 (495) 123-45-67",
		},
		"101":      {"number.no_rule 101", "number.short 101"},
		"alice101": {"number.no_rule alice101", "number.letters alice101"},
		"1234567": {
			"number.no_rule 1234567", "number.national ", "number.not_public 1234567", "number.shown 1234567",
		},
	} {
		n, notes := r.Explain(raw)
		if n != r.Read(raw) {
			t.Errorf("%q: Explain and Read differ", raw)
		}
		var got []string
		for _, n := range notes {
			got = append(got, n.Code+" "+n.With["Text"])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		region, field string
		want          []string // E.164+extension, or Local
	}{
		{"RU", "", nil},
		{"RU", " ; , ", nil},
		{"RU", "нет", []string{"нет"}},
		{"RU", "+74951234567", []string{"+74951234567"}},
		{"RU", "+74951234567, +79167654321", []string{"+74951234567", "+79167654321"}},
		{"RU", "8 (495) 123-45-67; 8-916-765-43-21", []string{"+74951234567", "+79167654321"}},
		{"RU", "84951234567|89167654321", []string{"+74951234567", "+79167654321"}},
		{"RU", "84951234567/89167654321", []string{"+74951234567", "+79167654321"}},
		{"RU", "84951234567\r\n89167654321\n", []string{"+74951234567", "+79167654321"}},
		{"RU", "+7 495 123-45-67, доб. 12", []string{"+74951234567x12"}},
		{"RU", "+7 495 123-45-67, доб. 12, +79167654321", []string{"+74951234567x12", "+79167654321"}},
		{"RU", "+74951234567;ext=12;+79167654321", []string{"+74951234567x12", "+79167654321"}},
		{"RU", "моб. +7 916 765-43-21, раб. 8 (495) 123-45-67 доб. 12", []string{"+79167654321", "+74951234567x12"}},
		{"RU", "+7 (495) 123-45-67 (секретарь)", []string{"+74951234567"}},
		{"RU", "123-45-67/68", []string{"1234567", "1234568"}},
		{"RU", "101, 102", []string{"101", "102"}},
		{"RU", "101, +74951234567", []string{"101", "+74951234567"}},
		{"RU", "alice101", []string{"alice101"}},
		{"DE", "030/1234567", []string{"+49301234567"}},
		{"DE", "030/1234567, 0171/1234567", []string{"+49301234567", "+491711234567"}},
		{"DE", "030 1234567 / 0171 1234567", []string{"+49301234567", "+491711234567"}},
		{"DE", "030/1234567;ext=12", []string{"+49301234567x12"}},
		{"US", "212-555-2368 x12, 212.555.2369", []string{"+12125552368x12", "+12125552369"}},
		{"IT", "02/12345678", []string{"+390212345678"}},
		{"GB", "020 7946 0018 (home); 07911 123456 (mob)", []string{"+442079460018", "+447911123456"}},
	} {
		// Rules must not change stored numbers.
		r := reader(t, test.region, Rule{Prefix: "0", Strip: 1}, Rule{Prefix: "8", Strip: 5})
		var got []string
		for _, n := range r.Numbers(test.field) {
			text := n.Key()
			if n.Extension != "" {
				text += "x" + n.Extension
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != strings.Join(test.want, " ") {
			t.Errorf("%s %q: %q, want %q", test.region, test.field, got, test.want)
		}
		for _, part := range r.Numbers(test.field) {
			n := r.Plain().Read(part.Raw)
			n.Display = "" // not set by Numbers
			if n != part {
				t.Errorf("%q: part %q read alone: %+v", test.field, part.Raw, n)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	r := reader(t, "RU", Rule{Prefix: "0", Strip: 1})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if n := r.Read("084951234567"); n.E164 != "+74951234567" {
					t.Errorf("read %+v", n)
				}
				r.Explain("+39 02 12345678")
			}
		})
	}
	all.Wait()
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"+7 (495) 123-45-67 доб. 12", `"a" <sip:101@h>`, "tel:+1;phone-context=+;ext=", "00", "<", "+",
		"84951234567/89167654321", "１", "\xff", "*#,,1", "030/1234567;ext=1|x",
	} {
		f.Add(seed)
	}
	r := reader(f, "RU", Rule{Prefix: "0", Min: 7, Max: 11, Strip: 1, Add: "8"}, Rule{Strip: 3, Min: 20})
	f.Fuzz(func(t *testing.T, raw string) {
		n, steps := r.Explain(raw)
		if n != r.Read(raw) || n.Raw != raw || len(steps) == 0 {
			t.Fatalf("%q: %+v, steps %q", raw, n, steps)
		}
		if n.E164 != "" {
			if n.Kind != External || !strings.HasPrefix(n.E164, "+") || !digitsOnly(n.E164[1:]) {
				t.Fatalf("%q: %+v", raw, n)
			}
			if again := r.Plain().Read(n.E164); again.E164 != n.E164 {
				t.Fatalf("%q is %s, which is read as %+v", raw, n.E164, again)
			}
		}
		if n.Kind == Withheld && (n.Local != "" || n.E164 != "") {
			t.Fatalf("withheld: %+v", n)
		}
		for _, part := range r.Numbers(raw) {
			if part.Kind == Withheld || part.Key() == "" {
				t.Fatalf("%q contains %+v", raw, part)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	r := reader(b, "RU", Rule{Prefix: "0", Min: 7, Max: 11, Strip: 1})
	for _, raw := range []string{
		"+74951234567", "8 (495) 123-45-67", "sip:84951234567@10.0.0.1", "+7 495 123-45-67 доб. 12", "101",
	} {
		b.Run(raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Read(raw)
			}
		})
	}
}
