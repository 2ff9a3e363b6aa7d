package settings

import (
	"strings"
	"testing"
)

const fingerprint = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89"

func TestParseJoin(t *testing.T) {
	j, wrong := ParseJoin("traybell://join?server=hub.example.com&port=11020&extension=101&fingerprint=" +
		strings.ToLower(strings.ReplaceAll(fingerprint, ":", "")))
	want := Join{Server: "hub.example.com", Port: 11020, Extension: "101", Fingerprint: fingerprint}
	if wrong != nil || j != want {
		t.Errorf("got %+v, %v", j, wrong)
	}
	if j, wrong := ParseJoin("TRAYBELL://join/?server=10.0.0.5"); wrong != nil || j != (Join{
		Server: "10.0.0.5", Port: DefaultPort,
	}) {
		t.Errorf("short link: %+v, %v", j, wrong)
	}
	own := Join{Server: "hub", Port: DefaultPort}.Over(Own{
		Server: "other", Port: 5, Extension: "7", Pin: fingerprint, Ticket: "https://t/",
	})
	if own != (Own{Server: "hub", Extension: "7", Ticket: "https://t/"}) {
		t.Errorf("merged: %+v", own)
	}
	other := Join{Server: "hub", Port: DefaultPort, Fingerprint: strings.Replace(fingerprint, "AB", "00", 1)}
	if !other.ReplacesPin(Own{Server: "hub", Port: DefaultPort, Pin: fingerprint}) {
		t.Error("ReplacesPin is false for another certificate")
	}
}

// Links are untrusted: each of these is rejected with a reason.
func TestHostileLinks(t *testing.T) {
	for raw, want := range map[string]string{
		"javascript:alert(1)":                                 "problem.join_other",
		"http://join?server=hub":                              "problem.join_other",
		"traybell:join?server=hub":                            "problem.join_other",
		"traybell://run?server=hub":                           "problem.join_other",
		"traybell://join/etc/passwd?server=hub":               "problem.join_other",
		"traybell://user:secret@join?server=hub":              "problem.join_other",
		"traybell://join?server=hub#x":                        "problem.join_other",
		"traybell://join?server=hub&server=evil":              "problem.join_other",
		"traybell://join?server=hub&config=/tmp":              "problem.join_other",
		"traybell://join?server=hub;port=1":                   "problem.join_other",
		"traybell://join?server=hub&password=x":               "problem.join_password",
		"traybell://join?server=hub&Password=x":               "problem.join_password",
		"traybell://join":                                     "problem.server_missing",
		"traybell://join?server=a%20b":                        "problem.server_invalid",
		"traybell://join?server=hub%00":                       "problem.server_invalid",
		"traybell://join?server=ftp://hub":                    "problem.server_invalid",
		"traybell://join?server=hub&port=99999":               "problem.port",
		"traybell://join?server=hub&extension=1%0A2":          "problem.extension_invalid",
		"traybell://join?server=hub&extension=":               "problem.extension_missing",
		"traybell://join?server=hub&fingerprint=AB":           "problem.fingerprint",
		"traybell://join?server=hub&fingerprint=":             "problem.fingerprint",
		"traybell://join?server=" + strings.Repeat("a", 2000): "problem.join_long",
	} {
		if j, wrong := ParseJoin(raw); wrong == nil || wrong.Key != want || j != (Join{}) {
			t.Errorf("%.60q: %+v, %+v, want %s", raw, j, wrong, want)
		}
	}
}

func FuzzParseJoin(f *testing.F) {
	f.Add("traybell://join?server=hub&port=1&extension=1&fingerprint=" + fingerprint)
	f.Fuzz(func(t *testing.T, raw string) {
		j, wrong := ParseJoin(raw)
		if wrong != nil {
			return
		}
		if _, _, p := CheckServer(j.Server); p != nil || j.Port < 1 || j.Port > 65535 {
			t.Errorf("%q: %+v", raw, j)
		}
	})
}
