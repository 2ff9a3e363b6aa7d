package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFailuresOfOutput(t *testing.T) {
	for name, c := range map[string]struct {
		output string
		want   []string // path and tests
		final  string
	}{
		"two tests of two packages": {
			"ok  \tp/a\t1s\n--- FAIL: TestB (0.1s)\n    --- FAIL: TestB/sub (0.1s)\nFAIL\nFAIL\tp/b\t2.1s\n" +
				"--- FAIL: TestC (3s)\nFAIL\nFAIL\tp/c\t3s\nFAIL\n",
			[]string{"p/b TestB", "p/c TestC"},
			"",
		},
		"a test that passes is not taken for the next package": {
			"--- FAIL: TestX (0.1s)\nok  \tp/a\t1s\nFAIL\tp/b\t1s\n",
			[]string{"p/b "},
			"p/b ended without the failure of a test",
		},
		"a panic": {"panic: x\nFAIL\tp/a\t1s\n", []string{"p/a "}, "p/a ended without the failure of a test"},
		"a package that does not compile": {
			"FAIL\tp/a [build failed]\n", []string{"p/a "}, "p/a ended without the failure of a test",
		},
		"a data race": {
			"==================\nWARNING: DATA RACE\n--- FAIL: TestA (0.1s)\nFAIL\nFAIL\tp/a\t1s\n",
			[]string{"p/a TestA"},
			"a data race",
		},
		"many": {
			strings.Repeat("--- FAIL: TestA (0.1s)\n", 6) + "FAIL\nFAIL\tp/a\t1s\n",
			[]string{"p/a " + strings.TrimSuffix(strings.Repeat("TestA ", 6), " ")},
			"6 tests failed",
		},
		"nothing": {"go: no such tool\n", nil, "no test failed"},
	} {
		t.Run(name, func(t *testing.T) {
			var f failures
			for line := range strings.SplitSeq(c.output, "\n") {
				f.line(line)
			}
			var got []string
			for _, p := range f.packages {
				got = append(got, p.path+" "+strings.Join(p.tests, " "))
			}
			if !slices.Equal(got, c.want) || f.final() != c.final {
				t.Errorf("%q, %q; want %q, %q", got, f.final(), c.want, c.final)
			}
		})
	}
}
