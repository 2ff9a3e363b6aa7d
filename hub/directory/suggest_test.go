package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
)

func TestSuggest(t *testing.T) {
	crm := &memory{name: "crm"}
	crm.set(nil,
		protocol.Customer{Login: "elkina", Name: "Анна Ёлкина", Company: "Ромашка", Phone: "+74951234567"},
		protocol.Customer{Login: "romanova", Name: "Ольга Романова", Phone: "+7 495 123-45-68, +74957654321"},
		protocol.Customer{Login: "boris", Name: "Борис", Company: "Ромашка", City: "Тверь", Phone: "101"},
		protocol.Customer{Login: "john", Name: "John O'Annan", Email: "j.smith@example.com", Mobile: "+442079460000"})
	erp := &memory{name: "erp"}
	erp.set(nil, protocol.Customer{Login: "elkina", City: "Тверь", Mobile: "+79161234567"})
	d := directory(t, russian(t), crm, erp)
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"елк":              {"elkina"},
		"РОМ":              {"romanova", "elkina", "boris"}, // those found by name first
		"ром ел":           {"elkina"},
		"ел ром":           {"elkina"},
		"лкина":            nil, // no beginning of a word
		"тверь":            nil,
		"smith":            {"john"},
		"annan jo":         {"john"},
		"8495":             {"elkina", "romanova"},
		"+7 (495) 12":      {"elkina", "romanova"},
		"+7 495 123-45-68": {"romanova"},
		"495765":           {"romanova"},
		"4567":             {"elkina"}, // the last digits
		"4321":             {"romanova"},
		"44 20":            {"john"},
		"10":               {"boris"},
		"101":              {"boris"},
		"":                 nil,
		" - ":              nil,
	} {
		found, err := d.Suggest(t.Context(), text, 10)
		var logins []string
		for _, c := range found {
			logins = append(logins, c.Login)
		}
		if err != nil || !slices.Equal(logins, want) {
			t.Errorf("%q: %q, want %q, %v", text, logins, want, err)
		}
	}
	if found, _ := d.Suggest(t.Context(), "ром", 1); len(found) != 1 {
		t.Errorf("more than the limit: %+v", found)
	}

	crm.set(nil, protocol.Customer{Login: "new", Name: "Новиков", Phone: "+74951234567"})
	if err := d.Refresh(t.Context(), "crm"); err != nil {
		t.Fatal(err)
	}
	if found, _ := d.Suggest(t.Context(), "нов", 10); len(found) != 1 || found[0].Login != "new" {
		t.Errorf("after another read: %+v", found)
	}
	if len(d.prompts.all) != 2 {
		t.Errorf("%d indexes of 2 sources", len(d.prompts.all))
	}
}

// BenchmarkSuggest types names and numbers letter by letter. It reports the slowest answer and the time
// to index; Search is the reference.
func BenchmarkSuggest(b *testing.B) {
	surnames := []string{"Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов", "Попов", "Васильев", "Соколов"}
	names := []string{"Анна", "Борис", "Иван", "Мария", "Ольга", "Павел", "Пётр", "Светлана"}
	for _, count := range []int{100_000, 500_000} {
		rows := many(count)
		for i := range rows {
			rows[i].Name = fmt.Sprintf("%s %s%d", names[i/8%8], surnames[i%8], i/64)
			rows[i].Company = fmt.Sprintf("Company %d", i%1000)
		}
		d := New(russian(b), quiet(), Feed{Source: &memory{name: "m", rows: rows}})
		if err := d.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		d.Prepare()
		prepared := time.Since(start)
		for _, text := range []string{"ольга петров777", "company 42 иван", rows[count/2].Phone} {
			b.Run(fmt.Sprintf("customers=%d/typed=%s", count, strings.ReplaceAll(text, " ", "_")), func(b *testing.B) {
				letters := []rune(text)
				var slowest time.Duration
				for i := 0; b.Loop(); i++ {
					start := time.Now()
					if _, err := d.Suggest(b.Context(), string(letters[:1+i%len(letters)]), 20); err != nil {
						b.Fatal(err)
					}
					slowest = max(slowest, time.Since(start))
				}
				b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
				b.ReportMetric(float64(prepared.Milliseconds()), "ms-first")
			})
		}
		b.Run(fmt.Sprintf("customers=%d/reference=search", count), func(b *testing.B) {
			for b.Loop() {
				if _, err := d.Search(b.Context(), "ольга петров777", 20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
