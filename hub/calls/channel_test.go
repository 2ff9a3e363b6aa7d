package calls

import "testing"

func TestOlder(t *testing.T) {
	for _, pair := range [][2]string{
		{"1795319634.9", "1795319634.10"}, {"1795319633.99", "1795319634.1"}, {"pbx-1.2", "pbx-1.3"},
	} {
		if !older(pair[0], pair[1]) || older(pair[1], pair[0]) {
			t.Errorf("%v are not in order", pair)
		}
	}
}

func TestNumberIn(t *testing.T) {
	for destination, want := range map[string]string{
		"PJSIP/79161234567@trunk":                     "79161234567",
		"PJSIP/+79161234567@111111":                   "+79161234567",
		"PJSIP/trunk/sip:79161234567@127.0.1.50:5060": "79161234567",
		"SIP/111111/79161234567":                      "79161234567",
		"IAX2/user@host/79161234567":                  "79161234567",
		"DAHDI/g0/79161234567":                        "79161234567",
		"Dongle/dongle0/79161234567":                  "79161234567",
		"PJSIP/101":                                   "",
		"PJSIP/trunk":                                 "",
		"Local/FMPR-110@from-internal":                "",
		"":                                            "",
	} {
		if got := numberIn(destination); got != want {
			t.Errorf("%s: %q, want %q", destination, got, want)
		}
	}
}
