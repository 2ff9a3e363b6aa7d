package wording

import "testing"

func TestFingerprint(t *testing.T) {
	got := Fingerprint("00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10")
	if want := "00 01 02 03 04 05 06 07\n08 09 0A 0B 0C 0D 0E 0F\n10"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
