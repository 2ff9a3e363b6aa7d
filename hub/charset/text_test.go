package charset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func in(t *testing.T, set encoding.Encoding, s string) string {
	t.Helper()
	out, err := set.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var russian = []string{
	"Валерий Калинин", "ИВАНОВ ИВАН", "иванов", "ООО «Ромашка»", "Щукин Ю.", "Юля", "Ян", "Эльвира Фёдорова",
	"Support: Пётр", "ИП Жук", "Хасан-оглы", "Аптека №5", "МегаФон", "Отдел продаж (2 этаж)", "Анна", "Уфа",
	"ЗАО \"Электрощит\"", "Мария — бухгалтерия", "Жюль", "Київ Україна", "Гость", "Съезд",
}

func TestCyrillic(t *testing.T) {
	for name, set := range map[string]encoding.Encoding{
		"Windows-1251": charmap.Windows1251, "KOI8-U": charmap.KOI8U, "CP866": charmap.CodePage866,
	} {
		for _, want := range russian {
			bytes, err := set.NewEncoder().String(want)
			if err != nil {
				continue // the set lacks a sign
			}
			if got := Text(bytes); got != want {
				t.Errorf("%s of %q: %q", name, want, got)
			}
		}
	}
}

func TestLatin(t *testing.T) {
	for _, want := range []string{
		"Jürgen Müller", "José", "RENÉ", "Groß", "Åsa", "Société Générale", "L’Oréal", "Muñoz", "Nuñez – Madrid",
		"Öztürk", "ESPAÑA", "MUÑ", "Zoë", "Škoda", "Café °1",
	} {
		if got := Text(in(t, charmap.Windows1252, want)); got != want {
			t.Errorf("Windows-1252 of %q: %q", want, got)
		}
	}
}

func TestUTF8IsKept(t *testing.T) {
	for _, want := range append([]string{
		"", "Ivan", "Jürgen", "张三", "Γιώργος", "Łukasz Żółć", "שלום", "محمد", "São Paulo", "Nguyễn", "Ðorđe", "Ærø",
		"Ёлки и Рёмин", "Рё", "Öä", "😀 Anna", "Ђорђе", "Рјечник", "Île-de-France",
	}, russian...) {
		if got := Text(want); got != want {
			t.Errorf("%q became %q", want, got)
		}
	}
}

func TestUTF8ReadWrongly(t *testing.T) {
	for _, want := range append([]string{"Jürgen Müller", "José", "Łukasz", "Société"}, russian...) {
		for name, set := range map[string]*charmap.Charmap{
			"Windows-1252": charmap.Windows1252, "Windows-1251": charmap.Windows1251, "KOI8-R": charmap.KOI8R,
			"CP866": charmap.CodePage866, "Latin-1": charmap.ISO8859_1,
		} {
			read, err := set.NewDecoder().String(want)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(read, utf8.RuneError) || utf8.RuneCountInString(want)+1 >= len(want) &&
				set != charmap.Windows1252 && set != charmap.ISO8859_1 {
				continue // a letter was lost, or one alone could be meant
			}
			if got := Text(read); got != want {
				t.Errorf("%q read as %s, %q: %q", want, name, read, got)
			}
		}
	}
	for _, want := range []string{"Валерий Калинин", "ИВАНОВ", "Анна"} {
		if read, _ := charmap.Windows1252.NewDecoder().String(in(t, charmap.Windows1251, want)); Text(read) != want {
			t.Errorf("Windows-1251 of %q read as Latin-1, %q: %q", want, read, Text(read))
		}
	}
	twice, _ := charmap.Windows1252.NewDecoder().String("Müller")
	if twice, _ = charmap.Windows1252.NewDecoder().String(twice); Text(twice) != "Müller" {
		t.Errorf("read wrongly twice, %q: %q", twice, Text(twice))
	}
}

func TestWhatCannotBeKnownIsLeftOut(t *testing.T) {
	for s, want := range map[string]string{
		"Калинин Валер"[:25]:  "Калинин Валер"[:25], // whole letters
		"Калинин Валер"[:24]:  "Калинин Вале",
		"Калинин"[1:]:         "алинин",
		"Калинин\xd0 (mob)":   "Калинин (mob)",
		"Кали\xd0нин":         "",
		"Кали\xd0нин Пётр":    "Пётр",
		"Ivan\xd0":            "Ivan",
		"Ivan \xd0":           "Ivan",
		"Caf\xc3":             "Caf",
		"Ivan \xe2\x80":       "Ivan",
		"Иван\ufffd":          "Иван",
		"\ufffd\ufffd \ufffd": "",
		"И\ufffdан Петров":    "Петров",
		"Firma M\x81ller":     "Firma", // CP850
		"\xff\xfe\x80":        "",
		"\xd0":                "",
		"张三"[:5]:              "张",
		"😀"[:2]:               "",
	} {
		got := Text(s)
		if got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for name, bytes := range map[string]string{
		"Greek":   in(t, charmap.Windows1253, "Γιώργος Παπαδόπουλος"),
		"Chinese": in(t, simplifiedchinese.GBK, "张三丰李四光"),
	} {
		if got := Text(bytes); got != "" {
			t.Errorf("%s became %q", name, got)
		}
	}
}

func TestEncodedWords(t *testing.T) {
	for s, want := range map[string]string{
		"=?UTF-8?B?0JjQstCw0L0=?=":      "Иван",
		"=?windows-1251?B?yOLg7Q==?= x": "Иван x",
		"=?KOI8-R?Q?=E9=D7=C1=CE?=":     "Иван",
		"=?nothing?Q?a?=":               "=?nothing?Q?a?=",
		"why=?":                         "why=?",
	} {
		if got := Text(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// No text has U+FFFD or is invalid.
func FuzzText(f *testing.F) {
	for _, s := range russian {
		f.Add(s)
	}
	f.Add("\xc2\xe8 \xf2\xe0")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || strings.ContainsRune(got, utf8.RuneError) {
			t.Errorf("%q became %q", s, got)
		}
	})
}
