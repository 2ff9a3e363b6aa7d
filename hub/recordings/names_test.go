package recordings

import "testing"

func TestPatternsThatFindOtherCallsAreRefused(t *testing.T) {
	for pattern, good := range map[Pattern]bool{
		"<year>/<month>/<day>/*-<uniqueid>.*": true,
		"<linkedid>-*.wav":                    true,
		"<linkedid>/<uniqueid>.wav":           true,
		"<number>-<time>.wav":                 true,
		"*-<extension>-<year>-<time>*":        true,
		"<time>.wav":                          false,
		"<did>-<time>.wav":                    false,
		"<number>.wav":                        false,
		"<linkedid>*.wav":                     false,
		"<uniqueid>?.wav":                     false,
		"<uniqueid>[0-9].wav":                 false,
		"<uniqueid>0.wav":                     false,
		"<uniqueid><day>.wav":                 false,
		"<linkedid>-<uniqueid>*":              false,
		"x/<linkedid>":                        false,
	} {
		if err := pattern.Check(true); (err == nil) != good {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
