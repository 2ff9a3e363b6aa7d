package csv

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/hub/directory/directorytest"
	"traybell/shared/protocol"
)

var update = flag.Bool("update", false, "write the golden files")

// readText reads the text of a file.
func readText(text string) (customers []protocol.Customer, problems []directory.Problem, err error) {
	err = Read(context.Background(), strings.NewReader(text),
		func(c protocol.Customer) { customers = append(customers, c) },
		func(p directory.Problem) { problems = append(problems, p) })
	return customers, problems, err
}

// readFile reads a file in any encoding.
func readFile(t testing.TB, path string) (customers []protocol.Customer, problems []directory.Problem, err error) {
	t.Helper()
	f, err := directory.NewFile("customers", path, "", Read)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Read(t.Context(), func(c protocol.Customer) { customers = append(customers, c) },
		func(p directory.Problem) { problems = append(problems, p) })
	return customers, problems, err
}

func TestReadsFiles(t *testing.T) { directorytest.Golden(t, ".csv", Read, *update) }

func TestRejectsInvalidFiles(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "the file is empty"},
		{"\n \n", "the file is empty"},
		{"1;2;3\n", "line 1 has no known column"},
		{"login;name\nx;y\n", "no column with numbers"},
		{"phone;mobile\n1;2\n", "identifies the customer"},
		{"login;phone\na\x00b;1\n", "line 2 has a zero byte"},
		{"BEGIN:VCARD\r\nVERSION:3.0\r\n", "type: vcard"},
		{"login;phone\nx;" + strings.Repeat("1", 1<<18) + "\n", "line 2 is longer"},
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
