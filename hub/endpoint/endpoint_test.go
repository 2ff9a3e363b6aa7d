package endpoint_test

import (
	"fmt"
	"strings"
	"testing"

	"traybell/hub/endpoint"
)

func TestOf(t *testing.T) {
	for channel, want := range map[string]string{
		"PJSIP/101-00000001":           "PJSIP/101",
		"PJSIP/sales-desk-0000001a":    "PJSIP/sales-desk",
		"PJSIP/deadbeef-0000001a":      "PJSIP/deadbeef",
		"PJSIP/tenant-101-0000001a":    "PJSIP/tenant-101",
		"PJSIP/tenant_101-0000001a":    "PJSIP/tenant_101",
		"PJSIP/0004f2a1b2c3-0000001a":  "PJSIP/0004f2a1b2c3",
		"SIP/201-b7d4c3a0":             "SIP/201",
		"SIP/101-tenant-0000":          "SIP/101-tenant",
		"SIP/203.0.113.7-00000001":     "SIP/203.0.113.7",
		"IAX2/office-12345":            "IAX2/office",
		"IAX2/provider-123":            "IAX2/provider",
		"DAHDI/i1/74950000001-2":       "DAHDI/i1",
		"DAHDI/1-1":                    "DAHDI/1",
		"Zap/32-1":                     "Zap/32",
		"mISDN/1-u23":                  "mISDN/1",
		"CAPI/ISDN1/4930123456-5":      "CAPI/ISDN1",
		"Dongle/dongle0-010000001a":    "Dongle/dongle0",
		"Quectel/quectel0-0100000001":  "Quectel/quectel0",
		"PJSIP/101":                    "PJSIP/101",
		"DAHDI/pseudo-1234":            "",
		"Local/101@from-queue-0001;1":  "",
		"Surrogate/PJSIP/101-00000001": "",
		"Message/ast_msg_queue":        "",
		"nonsense":                     "",
		"":                             "",
		"PJSIP/":                       "",
	} {
		got := ""
		if n, ok := endpoint.Of(channel); ok {
			got = n.String()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", channel, got, want)
		}
	}
}

// facts makes the facts of an endpoint's first event.
func facts(name string, change func(*endpoint.Facts)) endpoint.Facts {
	technology, of, _ := strings.Cut(name, "/")
	f := endpoint.Facts{Name: endpoint.Name{Technology: technology, Endpoint: of}, Created: true, Calls: true}
	if change != nil {
		change(&f)
	}
	return f
}

func TestEvidence(t *testing.T) {
	for name, test := range map[string]struct {
		facts  endpoint.Facts
		inside bool
		why    string
	}{
		"an agent": {facts("PJSIP/101", func(f *endpoint.Facts) {
			f.Context = "from-trunk"
		}), true, "agent"},
		"an agent without digits": {facts("PJSIP/anna", nil), true, "agent"},
		"a guest that is named like an agent": {
			facts("SIP/101", func(f *endpoint.Facts) { f.Context = "from-sip-external" }), false, "guest",
		},
		"an anonymous guest": {facts("PJSIP/anonymous", nil), false, "guest"},
		"a trunk of digits in hub.yml": {
			facts("SIP/1000", func(f *endpoint.Facts) { f.Context = "from-internal" }), false, "trunks 1000",
		},
		"an extension in hub.yml": {
			facts("SIP/door", func(f *endpoint.Facts) { f.Context = "from-trunk" }), true, "extensions door",
		},
		"the more exact pattern": {facts("SIP/755", nil), true, "extensions 75x"},
		"the other pattern":      {facts("SIP/701", nil), false, "trunks 7xx"},
		"a pattern of a technology": {
			facts("IAX2/801", func(f *endpoint.Facts) { f.Context = "from-internal" }), false, "trunks IAX2/8*",
		},
		"and not of another": {
			facts("SIP/801", func(f *endpoint.Facts) { f.Context = "from-internal" }), true, "from-internal",
		},
		"a gateway with a FreePBX context": {
			facts("SIP/601", func(f *endpoint.Facts) { f.Context, f.Number = "from-trunk-sip-gw", "601" }), false,
			"from-trunk-sip-gw",
		},
		"a phone with the company's number": {
			facts("SIP/205", func(f *endpoint.Facts) { f.Context, f.Number = "from-internal", "74950000001" }), true,
			"from-internal",
		},
		"a phone named after its address": {
			facts("PJSIP/0004f2a1b2c3", func(f *endpoint.Facts) { f.Context, f.Number = "phones", "205" }), true,
			"phones",
		},
		"a door phone": {
			facts("PJSIP/door1", func(f *endpoint.Facts) { f.Context = "from-internal" }), true, "from-internal",
		},
		"an ISDN span": {
			facts("DAHDI/i1", func(f *endpoint.Facts) { f.Number = "103" }), false, "network",
		},
		"an analog phone": {
			facts("DAHDI/1", func(f *endpoint.Facts) { f.Context, f.Number = "from-internal", "205" }), true,
			"from-internal",
		},
		"an analog line": {
			facts("DAHDI/4", func(f *endpoint.Facts) { f.Context = "from-analog" }), false, "from-analog",
		},
		"a GSM modem in any context": {
			facts("Dongle/dongle0", func(f *endpoint.Facts) { f.Context = "from-internal" }), false, "gsm",
		},
		"a six-digit account": {
			facts("PJSIP/111111", func(f *endpoint.Facts) { f.Context, f.DID = "custom", "74950000101" }), false,
			"did",
		},
		"a phone that is called and inherits FROM_DID": {
			facts("PJSIP/205", func(f *endpoint.Facts) { f.Calls, f.DID, f.Number = false, "74950000101", "205" }),
			true,
			"own_number",
		},
		"a gateway without any context": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Context, f.Number = "custom", "79161234567" }), false,
			"other_number",
		},
		"a gateway that presents an extension": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Context, f.Number = "custom", "103" }), false,
			"other_number",
		},
		"a phone without any context": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Context, f.Number = "custom", "301" }), true,
			"own_number",
		},
		"a phone of a tenant": {
			facts("SIP/205-tenant", func(f *endpoint.Facts) { f.Context, f.Number = "custom", "205" }), true,
			"own_number",
		},
		"a trunk that presents a part of its name": {
			facts("SIP/trunk-103", func(f *endpoint.Facts) { f.Context, f.Number = "custom", "103" }), false,
			"other_number",
		},
		"a member of a queue": {
			facts("PJSIP/door9", func(f *endpoint.Facts) { f.Calls, f.Dial = false, "PJSIP/door9" }), true, "guess",
		},
		"a trunk in a queue": {
			facts("PJSIP/301", func(f *endpoint.Facts) { f.Calls, f.Dial = false, "PJSIP/112@301" }),
			false, "dialled 112",
		},
		"a feature code": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Exten, f.Number = "*97", "74950000001" }), true, "*97",
		},
		"an outgoing call": {
			facts("SIP/301", func(f *endpoint.Facts) {
				f.Context, f.Dial = "from-internal", "89161234567@301"
			}), false, "dialled 89161234567",
		},
		"an outgoing call of chan_sip": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Dial = "301/112" }), false, "dialled 112",
		},
		"an outgoing call of IAX2": {
			facts("IAX2/branch", func(f *endpoint.Facts) { f.Dial = "me:secret@branch/205@from-branch" }), false,
			"dialled 205",
		},
		"a phone's contact": {
			facts("PJSIP/301", func(f *endpoint.Facts) { f.Dial = "301/sip:301@192.0.2.1:5060" }), true, "guess",
		},
		"a phone at its address": {
			facts("PJSIP/301", func(f *endpoint.Facts) { f.Dial = "301@192.0.2.1" }), true, "guess",
		},
		"the dialplan moved a trunk into from-internal": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Created, f.Context, f.DID = false, "from-internal", "1" }),
			false, "did",
		},
		"the dialplan moved a phone": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Created, f.Context = false, "macro-dialout-trunk" }), true,
			"guess",
		},
		"both words": {
			facts("SIP/301", func(f *endpoint.Facts) { f.Context = "trunk-phones" }), true, "guess",
		},
		"a door phone that is dialled": {
			facts("PJSIP/door9", func(f *endpoint.Facts) { f.Calls, f.Dial = false, "door9/sip:x7@192.0.2.1" }), true,
			"guess",
		},
		"a name of digits and letters": {facts("SIP/7xx", nil), false, "guess"},
		"digits":                       {facts("SIP/123456", nil), true, "guess"},
		"many":                         {facts("SIP/1234567", nil), false, "guess"},
		"a name":                       {facts("SIP/mango", nil), false, "guess"},
		"withheld": {facts("SIP/301", func(f *endpoint.Facts) {
			f.Number = "anonymous"
		}), true, "guess"},
		"its name": {facts("SIP/fax", func(f *endpoint.Facts) { f.Number = "fax" }), true, "own_number"},
	} {
		rules := endpoint.NewRules([]string{"1000", "7xx", "IAX2/8*"}, []string{"door", "75x"},
			func(e string) bool { return e == "101" || e == "anna" })
		v := rules.Judge(test.facts)
		if v.Inside != test.inside || v.Sure() == (test.why == "guess") ||
			test.why != "guess" && !strings.Contains(fmt.Sprint(v.Why), test.why) {
			t.Errorf("%s: %+v, want inside %v, %s", name, v, test.inside, test.why)
		}
	}
}

// What hub.yml says about endpoints is about numbers only where it lists them.
func TestExtension(t *testing.T) {
	agent := func(e string) bool { return e == "101" || e == "sales" }
	rules := endpoint.NewRules([]string{"7xx", "gw-*"}, []string{"*", "2xx", "750", "DAHDI/5", "door"}, agent)
	for number, want := range map[string]bool{
		"101": true, "sales": true, "205": true, "750": true, "door": true,
		"": false, "701": false, "23456": false, "79161234567": false, "5": false, "anonymous": false,
	} {
		if rules.Extension(number) != want {
			t.Errorf("%q: %v", number, !want)
		}
	}
	if endpoint.NewRules([]string{"*"}, nil, agent).Extension("23456") {
		t.Error("a town's number is an extension")
	}
}

// What one channel showed counts for the next, which shows less.
func TestJudgeRemembers(t *testing.T) {
	judge := endpoint.NewJudge(nil)
	guess := facts("SIP/701", nil)
	if v := judge.Judge(guess); !v.Inside || v.Sure() {
		t.Errorf("at first: %+v", v)
	}
	if !judge.Extension("701") || judge.Extension("7010000") {
		t.Error("the shape is the first guess")
	}
	judge.Judge(facts("SIP/701", func(f *endpoint.Facts) { f.Number = "79161234567" }))
	if v := judge.Judge(guess); v.Inside || !v.Sure() {
		t.Errorf("a caller without a number: %+v", v)
	}
	judge.Judge(facts("SIP/701", func(f *endpoint.Facts) { f.Number = "701" }))
	if v := judge.Judge(guess); !v.Inside {
		t.Errorf("of equal evidence the later counts: %+v", v)
	}
	judge.Judge(facts("SIP/701", func(f *endpoint.Facts) { f.Dial = "701/112" }))
	v := judge.Judge(facts("SIP/701", func(f *endpoint.Facts) { f.Context = "from-internal" }))
	if v.Inside || judge.Extension("701") {
		t.Errorf("numbers are dialled through it: %+v", v)
	}
}

// A gateway that is set up like a phone shows itself by the numbers of its callers. A phone may
// present the company's number.
func TestGatewayAmongPhones(t *testing.T) {
	judge := endpoint.NewJudge(nil)
	calls := func(name, number string) bool {
		return judge.Judge(facts(name, func(f *endpoint.Facts) {
			f.Context, f.Number = "from-internal", number
		})).Inside
	}
	for _, number := range []string{"74950000001", "74950000001", "205", "anonymous", "74950000001"} {
		if !calls("SIP/205", number) {
			t.Errorf("a phone with %s is outside", number)
		}
	}
	if !calls("SIP/goip", "79161234567") || calls("SIP/goip", "79031112233") || calls("SIP/goip", "103") {
		t.Error("the second caller tells that it is a gateway")
	}
}

// A reload takes effect, whatever was seen before.
func TestReload(t *testing.T) {
	var rules *endpoint.Rules
	judge := endpoint.NewJudge(func() *endpoint.Rules { return rules })
	trunk := facts("SIP/701", func(f *endpoint.Facts) { f.Context = "from-trunk" })
	if judge.Judge(trunk).Inside {
		t.Error("a trunk is inside")
	}
	rules = endpoint.NewRules(nil, []string{"701"}, nil)
	if !judge.Judge(trunk).Inside || !judge.Extension("701") || rules.Guessed("SIP/701") {
		t.Error("the new rules do not count")
	}
	if rules = nil; judge.Judge(trunk).Inside || !rules.Guessed("SIP/701") || rules.Extension("701") {
		t.Error("the old rules still count")
	}
}
