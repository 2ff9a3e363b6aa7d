package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/config"

	"github.com/google/go-cmp/cmp"
)

func TestANumberIsExplained(t *testing.T) {
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
	cfg, err := config.Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		"084951234567": ` 1. CallerID rule 1 (prefix: "0", min: 7, max: 12, strip: 1, add: "", show: true) changes "084951234567" to "84951234567", which is shown to agents
 2. read as a number of region RU: +74951234567 (RU)
 3. agents see "8 (495) 123-45-67"
"084951234567" is external: +74951234567; agents see "8 (495) 123-45-67"
One customer has it:
  ivanov, Ivan Ivanov (customers)
`,
		"sip:84991234500;ext=7@pbx": ` 1. extracted from "sip:84991234500;ext=7@pbx": "84991234500;ext=7"
 2. ";ext=7": extension is 7
 3. no CallerID rule matches "84991234500"
 4. read as a number of region RU: +74991234500 (RU)
 5. agents see "8 (499) 123-45-00"
"sip:84991234500;ext=7@pbx" is external: +74991234500, extension 7; agents see "8 (499) 123-45-00"
One customer has it:
  part, Part (customers, perhaps: only the end of the number is the same)
`,
		"anonymous": ` 1. "anonymous" is a withheld number: no lookup
"anonymous" is withheld
Nobody in the directories has it.
`,
	} {
		var out strings.Builder
		if err := Number(t.Context(), cfg, raw, true, &out); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +told):\n%s", raw, diff)
		}
	}
	var out strings.Builder
	if err := NumberOf("DE", "030 123456", &out); err != nil || !strings.Contains(out.String(), "+4930123456") {
		t.Errorf("%v: %s", err, out.String())
	}
	if err := NumberOf("XX", "1", &out); err == nil {
		t.Error("a country that is none")
	}
}
