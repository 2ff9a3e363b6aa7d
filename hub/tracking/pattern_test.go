package tracking

import "testing"

func TestPatterns(t *testing.T) {
	for pattern, numbers := range map[string]map[string]bool{
		"_7495XXXXXXX": {"74951234567": true, "7495123456": false, "749512345678": false, "84951234567": false},
		"_NZX":         {"210": true, "110": false, "200": false},
		"_[1-35]0.":    {"101": true, "505": true, "401": false, "10": false},
		"_9!":          {"9": true, "91": true, "8": false},
	} {
		if err := checkPattern(pattern); err != nil {
			t.Fatal(err)
		}
		for number, want := range numbers {
			if got := Match(pattern, number); got != want {
				t.Errorf("%s on %s: %t", pattern, number, got)
			}
		}
	}
	for _, bad := range []string{"_[12", "_[]", "_1.2", "_[9-1]"} {
		if checkPattern(bad) == nil {
			t.Errorf("%s passed", bad)
		}
	}
}
