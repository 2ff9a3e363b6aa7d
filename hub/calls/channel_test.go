package calls

import "testing"

func TestEndpointOf(t *testing.T) {
	for name, want := range map[string]struct {
		endpoint string
		real     bool
	}{
		"PJSIP/101-00000001":           {"101", true},
		"PJSIP/sales-desk-0000001a":    {"sales-desk", true},
		"PJSIP/deadbeef-0000001a":      {"deadbeef", true},
		"SIP/201-b7d4c3a0":             {"201", true},
		"IAX2/office-12345":            {"office", true},
		"DAHDI/i1/74950000001-2":       {"i1/74950000001", true},
		"PJSIP/101":                    {"101", true},
		"Local/101@from-queue-0001;1":  {"", false},
		"Surrogate/PJSIP/101-00000001": {"", false},
		"Message/ast_msg_queue":        {"", false},
		"nonsense":                     {"", false},
		"":                             {"", false},
		"PJSIP/":                       {"", false},
	} {
		if endpoint, real := endpointOf(name); endpoint != want.endpoint || real != want.real {
			t.Errorf("%q: %q %v, want %q %v", name, endpoint, real, want.endpoint, want.real)
		}
	}
}

func TestOlder(t *testing.T) {
	for _, pair := range [][2]string{
		{"1795319634.9", "1795319634.10"}, {"1795319633.99", "1795319634.1"}, {"pbx-1.2", "pbx-1.3"},
	} {
		if !older(pair[0], pair[1]) || older(pair[1], pair[0]) {
			t.Errorf("%v are not in order", pair)
		}
	}
}
