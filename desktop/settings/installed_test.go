package settings

import (
	"strings"
	"testing"
)

func TestHubOfTheSetupProgram(t *testing.T) {
	for hub, want := range map[string]Own{
		"hub.example.com":       {Server: "hub.example.com", Pin: fingerprint},
		"hub.example.com:11011": {Server: "hub.example.com", Port: 11011, Pin: fingerprint},
	} {
		own, wrong := given(hub, strings.ToLower(strings.ReplaceAll(fingerprint, ":", "")))
		if wrong != nil || own != want {
			t.Errorf("%s: %+v, %v", hub, own, wrong)
		}
	}
	if own, wrong := given("hub", ""); wrong != nil || own != (Own{Server: "hub"}) {
		t.Errorf("%+v, %v", own, wrong)
	}
	for field, values := range map[string][2]string{"Hub": {"hub:port", fingerprint}, "Fingerprint": {"hub", "AB:CD"}} {
		if own, wrong := given(values[0], values[1]); wrong == nil || wrong.Field != field || own != (Own{}) {
			t.Errorf("%q: %+v, %v", values, own, wrong)
		}
	}
}
