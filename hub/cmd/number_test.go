package cmd

import (
	"fmt"
	"net/http"
	"net/http/httptest"
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
agents: [{login: boris, name: Boris, extensions: ["103"], password: "$argon2id$v=19$m=65536,t=1,p=4$` +
			strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43) + `"}]
caller_id: {rules: [{prefix: "0", min: 7, max: 12, strip: 1, show: true}]}
directories: [{name: customers, type: csv, path: customers.csv}]
`,
		"customers.csv": "login;name;phone\nivanov;Ivan Ivanov;+7 (495) 123-45-67\npart;Part;1234500\ntown;Town " +
			"hall;23456\n",
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
		"103": ` 1. no CallerID rule matches "103"
 2. at most 5 digits: matched exactly as "103"
"103" is an extension or a short number: "103"; agents see "103"
From a phone of the company it is Boris; from a trunk it is an unknown caller, whatever the directories have.
No customer has this number.
`,
		"23456": ` 1. no CallerID rule matches "23456"
 2. at most 5 digits: matched exactly as "23456"
"23456" is an extension or a short number: "23456"; agents see "23456"
From a phone of the company it is a colleague's, from a trunk an outside number.
1 customer has this number:
  town, Town hall (customers)
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

// number --find asks the directories with look-ups, as a call does.
func TestNumberAsksLookUps(t *testing.T) {
	crm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("phone") {
		case "":
			fmt.Fprint(w, `[{"name": "Ivan", "phone": "+74951234567"}]`)
		case "74957654321":
			fmt.Fprint(w, `[{"name": "Pyotr Sidorov", "phone": "+74957654321"}]`)
		case "74957654322":
			http.Error(w, "maintenance", http.StatusBadGateway)
		default:
			fmt.Fprint(w, `[]`)
		}
	}))
	defer crm.Close()
	path := site(t, `data_dir: .
pbx: [`+pbxYAML("main", "127.0.0.1:1", "")+`]
directories:
  - {name: crm, type: http, url: "`+crm.URL+`/list", lookup: {url: "`+crm.URL+`/list?phone={{.Digits}}"}}
`)
	for number, want := range map[string]string{
		"84957654321": "The directories with `lookup` were asked for +74957654321.\n1 customer has this number:\n" +
			"  Pyotr Sidorov (crm)\n",
		"84957654322": "! look-up of +74957654322: directory crm: " + strings.TrimPrefix(crm.URL, "http://") +
			": 502 Bad Gateway; see the log of the server\nNo customer has this number.\n",
		"84957654323": "were asked for +74957654323.\nNo customer has this number.\n",
		"84951234567": "\n1 customer has this number:\n  Ivan (crm)\n",
	} {
		out, err := try(t, "number", "--find", number, "-c", path)
		if err != nil || !strings.HasSuffix(out, want) || number == "84951234567" && strings.Contains(out, "asked") {
			t.Errorf("%s: %v\n%s\nwant: %s", number, err, out, want)
		}
	}
}
