package directory

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// readText reads the text of a file.
func readText(text string) (customers []protocol.Customer, problems []Problem, err error) {
	err = readCSV(context.Background(), strings.NewReader(text),
		func(c protocol.Customer) { customers = append(customers, c) },
		func(p Problem) { problems = append(problems, p) })
	return customers, problems, err
}

// The customers and problems of each file are in a golden file.
func TestReadsFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		customers, problems, err := readText(string(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var out strings.Builder
		for _, c := range customers {
			for _, field := range fields(&c) {
				out.WriteString("[" + strings.ReplaceAll(*field, "\r\n", "⏎") + "]")
			}
			out.WriteByte('\n')
		}
		for _, p := range problems {
			out.WriteString("! " + p.String() + "\n")
		}
		golden := strings.TrimSuffix(file, ".csv") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-golden +read):\n%s", file, diff)
		}
	}
}

func TestRejectsInvalidFiles(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "the file is empty"},
		{"\n \n", "the file is empty"},
		{"1;2;3\n", "line 1 has no known column"},
		{"login;name\nx;y\n", "no column with numbers"},
		{"phone;mobile\n1;2\n", "identifies the customer"},
		{"\xff\xfel\x00o\x00", "UTF-16"},
		{"l\x00o\x00g\x00", "NUL"},
		{"login;phone\n\xc8\xe2\xe0\xed\xee\xe2;101\n", "line 2 is not UTF-8, perhaps Windows-1251"},
		{"login;phone\nx;" + strings.Repeat("1", maxLine) + "\n", "line 2 is longer"},
	} {
		_, _, err := readText(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.30q: error %v, want one with %q", test.text, err, test.want)
		}
	}
}

func TestSeparatorAndColumns(t *testing.T) {
	want := protocol.Customer{
		Login: "ivanov", Name: "Ivan Ivanov", Email: "i@example.com", HomePhone: "+74951234567", Location: "Moscow",
	}
	for _, text := range []string{
		"login,name,email,home phone,location\nivanov,Ivan Ivanov,i@example.com,+74951234567,Moscow\n",
		"LOGIN;Name;E-Mail;HOME_PHONE;Location\nivanov;Ivan Ivanov;i@example.com;+74951234567;Moscow",
		"login\tname\te mail\thome-phone\tlocation\r\nivanov\tIvan Ivanov\ti@example.com\t+74951234567\tMoscow\r\n",
		"\ufefflogin;first name;last " +
			"name;email;homephone;location\nivanov;Ivan;Ivanov;i@example.com;+74951234567;Moscow\n",
		`"login";"name";"email";"home phone";"location"` + "\n" +
			`"ivanov";"Ivan Ivanov";"i@example.com";"+74951234567";"Moscow"` + "\n",
		"логин;имя;фамилия;почта;домашний телефон;адрес\nivanov;Ivan;Ivanov;i@example.com;+74951234567;Moscow\n",
	} {
		got, problems, err := readText(text)
		if err != nil || len(problems) > 0 || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %+v, problems %v, error %v", text, got, problems, err)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.csv")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("login;phone\n\"a\n\"b\n\"c;1\n")
	f.Add("login,phone\n\"a\"\"\n\nb\",1\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		customers, problems, err := readText(text)
		lines := strings.Count(text, "\n") + 1
		if err == nil && len(customers)+len(problems) > lines+len("head") {
			t.Fatalf("%d customers and %d problems of %d lines", len(customers), len(problems), lines)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Text == "" {
				t.Fatalf("problem %+v in %d lines", p, lines)
			}
		}
		for _, c := range customers {
			if c.Login == "" && c.Name == "" && c.Email == "" && c.Company == "" {
				t.Fatalf("a customer without identity: %+v", c)
			}
		}
	})
}
