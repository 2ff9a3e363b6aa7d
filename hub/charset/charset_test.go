package charset

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// lists are address books as short as they come.
var lists = map[string][]string{
	"windows-1251": {
		"Код;Наименование;ИНН;КПП;Телефон\r\n1;ООО \"Ромашка\";77;77;(495) 123-45-67\r\n",
		"Имя;Телефон\nПЕТРОВ ИВАН;101\nООО «Вектор»;102\n",
		"name;phone\nИванов Иван;+7 495 123-45-67\n",
		"name,phone\nтест,101\n",
		"Обращение,Имя,Отчество,Фамилия\n,Ольга,Петровна,Кузнецова\n",
		"name;phone\nОлексій Їжак;1\nЄва Ґалаґан;2\nМарія Ющенко;3\n",
		"name;phone\nMüller & Партнёры № 5;1\nзавод;2\nул. Ленина – д. 5;3\n",
	},
	"koi8-r": {
		"Имя;Телефон\nПетров Иван;101\nООО Ромашка;102\n",
		"name;phone\nИванов Иван;1\n", "name;phone\nКУЗНЕЦОВА ОЛЬГА ПЕТРОВНА;1\n",
	},
	"ibm866": {"Имя;Телефон\nПетров Иван;101\nООО Ромашка;102\n"},
	"windows-1252": {
		"Vorname,Nachname,Telefon geschäftlich\nJürgen,Müller,1\n", "name;phone\nMüller;1\n",
		"name;phone\nHélène Lefèvre;1\nFrançois Noël;2\n", "name;phone\nJosé Muñoz;1\nÁngel Núñez;2\n",
		"name;phone\nJoão Conceição;1\n", "name;phone\nSøren Kjær;1\nÅse Brøgger;2\n", "name;phone\nÅke Sjöström;1\n",
		"name;phone\nNiccolò Cantù;1\n", "name;phone\nWeiß & Söhne – Größe 5 €;1\n",
	},
	"windows-1250": {
		"name;phone\nŁukasz Wałęsa;1\nŚwięty Żak;2\n", "name;phone\nTomáš Dvořák;1\nJiří Šťastný;2\n",
		"name;phone\nKőszegi Győző;1\nSzűcs Ödön;2\n", "name;phone\nČermák;1\nHavlíček Zdeněk;2\n",
		"name;phone\nĐurđević Šešelj;1\nŽivković;2\n",
	},
	"utf-8": {"name;phone\nИванов Müller Łukasz;1\n", "name;phone\nPlain;1\n", ""},
}

func encoder(t *testing.T, name string) *encoding.Encoder {
	t.Helper()
	if name == "ibm866" {
		return charmap.CodePage866.NewEncoder()
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return encoding.ReplaceUnsupported(e.NewEncoder())
}

func TestRecognisesEncodings(t *testing.T) {
	for name, texts := range lists {
		for _, text := range texts {
			text = strings.ReplaceAll(text, "Müller & П", "П") // 1251 has no ü
			raw, err := encoder(t, name).String(text)
			if err != nil {
				t.Fatal(err)
			}
			got, was, err := Decode([]byte(raw), Auto)
			if err != nil || was != name || got != text {
				t.Errorf("%s: recognised %s, %q, %v", name, was, got, err)
			}
		}
	}
}

func TestUTF16(t *testing.T) {
	const text = "login;name\nivan;Иван\n"
	for name, e := range map[string]encoding.Encoding{
		"LE":      unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"BE":      unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"LE bare": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		"BE bare": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		raw, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, was, err := Decode([]byte(raw), ""); err != nil || got != text || !strings.HasPrefix(was, "utf-16") {
			t.Errorf("%s: %s, %q, %v", name, was, got, err)
		}
	}
	// Some programs write the mark twice.
	for _, raw := range []string{"\xff\xfe\xff\xfea\x00", "\xfe\xff\xfe\xff\x00a", "\ufeff\ufeffa"} {
		if got, _, err := Decode([]byte(raw), Auto); err != nil || got != "a" {
			t.Errorf("%q: %q, %v", raw, got, err)
		}
	}
}

// The parts of a file in which it is read do not matter.
func TestParts(t *testing.T) {
	const text = "name;phone\nИванов Иван;+7 495\n"
	var d Detector
	if _, err := io.Copy(&d, iotest.OneByteReader(strings.NewReader(text))); err != nil || d.Name() != "utf-8" {
		t.Errorf("%s, %v", d.Name(), err)
	}
	r, err := Reader(iotest.OneByteReader(strings.NewReader("\ufeff"+text)), "utf-8")
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, []byte(text)); err != nil {
		t.Error(err)
	}
}

// One cut letter does not make a Cyrillic file in UTF-8 one in Windows-1251.
func TestMostlyUTF8(t *testing.T) {
	raw := bytes.Repeat([]byte("Иванов;1\n"), 20)
	raw = append(raw, "Петро\xd0;2\n"...)
	if text, was, err := Decode(raw, Auto); err != nil || was != "utf-8" ||
		!strings.HasSuffix(text, "Петро\ufffd;2\n") {
		t.Errorf("%s, %q, %v", was, text, err)
	}
}

func TestGivenEncoding(t *testing.T) {
	if got, was, err := Decode([]byte("\xcf"), "KOI8-R"); err != nil || got != "о" || was != "koi8-r" {
		t.Errorf("%q %q %v", got, was, err)
	}
	if _, _, err := Decode([]byte("x"), "klingon"); err == nil || !strings.Contains(err.Error(), "windows-1251") {
		t.Error(err)
	}
	for name, known := range map[string]bool{"": true, "auto": true, "utf-16": true, "iso-8859-5": true, "x": false} {
		if err := Known(name); (err == nil) != known {
			t.Errorf("%s: %v", name, err)
		}
	}
}
