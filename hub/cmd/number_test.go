package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumber(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"hub.yml": `
pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: SomePassword}]
caller_id: {rules: [{prefix: "0", min: 7, max: 12, strip: 1, show: true}]}
directories: [{name: customers, type: csv, path: customers.csv}]
`,
		"customers.csv": "login;name;phone\nivanov;Ivan Ivanov;+7 (495) 123-45-67\npart;Part;1234500\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "hub.yml")
	for raw, want := range map[string]string{
		"084951234567": ` 1. CallerID rule 1 (prefix: "0", min: 7, max: 12, strip: 1, add: "", show: true) ` +
			`changes "084951234567" to "84951234567", which is shown to agents
 2. read as a number of region RU: +74951234567 (RU)
 3. agents see "8 (495) 123-45-67"
"084951234567" is external: +74951234567; agents see "8 (495) 123-45-67"
1 customer has this number:
  ivanov, Ivan Ivanov (customers)
`,
		"sip:84991234500;ext=7@pbx": ` 1. extracted from "sip:84991234500;ext=7@pbx": "84991234500;ext=7"
 2. ";ext=7": extension is 7
 3. no CallerID rule matches "84991234500"
 4. read as a number of region RU: +74991234500 (RU)
 5. agents see "8 (499) 123-45-00"
"sip:84991234500;ext=7@pbx" is external: +74991234500, extension 7; agents see "8 (499) 123-45-00"
1 customer has this number:
  part, Part (customers, possible match: only the last digits agree)
`,
		"anonymous": ` 1. "anonymous" is a withheld number: no lookup
"anonymous" is withheld
No customer has this number.
`,
	} {
		out, err := try(t, "number", "--find", raw, "-c", path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
	if out, err := try(t, "number", "--region", "DE", "030 123456"); err != nil ||
		!strings.Contains(out, "+4930123456") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := try(t, "number", "--region", "XX", "1"); err == nil {
		t.Error("unknown country accepted")
	}
	if _, err := try(t, "number", "--region", "DE", "--find", "1"); err == nil {
		t.Error("--region with --find accepted")
	}
}
