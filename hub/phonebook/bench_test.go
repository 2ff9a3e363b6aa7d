package phonebook_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/directory"
	"traybell/hub/personal"
	"traybell/hub/phonebook"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// customers is a directory of a number of them.
type customers int

func (customers) Name() string { return "crm" }

func (n customers) Read(_ context.Context, add func(protocol.Customer), _ func(directory.Problem)) error {
	surnames := []string{"Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов", "Попов", "Васильев", "Соколов"}
	for i := range int(n) {
		add(protocol.Customer{
			Login: fmt.Sprintf("user%d", i), Name: fmt.Sprintf("Ольга %s%d", surnames[i%8], i/64),
			Company: fmt.Sprintf("Company %d", i%1000), Email: fmt.Sprintf("user%d@company%d.example", i, i/10),
			Phone:  fmt.Sprintf("+7 495 %07d", 1_000_000+i),
			Mobile: fmt.Sprintf("8-916-%03d-%02d-%02d", 100+i/10000%900, i/100%100, i%100),
		})
	}
	return nil
}

type visible struct{}

func (visible) Customer(protocol.Customer) bool { return false }
func (visible) Number(string) bool              { return false }
func (visible) Text(text string) string         { return text }

// BenchmarkFind types names and numbers letter by letter, with as many numbers of the company and of
// the agent as are allowed, the latter in a database. It reports the slowest answer.
func BenchmarkFind(b *testing.B) {
	reader, err := phone.NewReader("RU", nil)
	if err != nil {
		b.Fatal(err)
	}
	numbers := func() *phone.Reader { return reader }
	d := directory.New(reader, slog.New(slog.DiscardHandler), directory.Feed{Source: customers(100_000)})
	if err := d.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	kept, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "traybell.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = kept.Close() })
	own := &personal.Numbers{Store: kept, Reader: numbers, Hidden: visible{}}
	for i := range personal.Most {
		if err := own.Save(b.Context(), "anna", protocol.PersonalNumber{
			Number: fmt.Sprintf("8 812 %07d", 3_000_000+i), Name: fmt.Sprintf("Знакомый %d", i),
		}); err != nil {
			b.Fatal(err)
		}
	}
	entries := make([]phonebook.Entry, 2000)
	for i := range entries {
		entries[i] = phonebook.Entry{
			Name: fmt.Sprintf("Курьер %d", i), Number: fmt.Sprintf("8 (495) 8%06d", i), About: "до 18:00",
		}
	}
	book := phonebook.NewBook(entries, reader)
	var agents []staff.Agent
	for i := range 1000 {
		agents = append(agents, staff.Agent{
			Login: fmt.Sprintf("agent%d", i), Name: fmt.Sprintf("Пётр Волков%d", i),
			Extensions: []string{fmt.Sprint(1000 + i)},
		})
	}
	team := staff.New(agents)
	f := &phonebook.Finder{
		Customers: d, Staff: func() *staff.Staff { return team }, Numbers: numbers, Personal: own, Hidden: visible{},
		Book:  func() *phonebook.Book { return book },
		Lines: func(staff.Agent) []string { return nil },
	}
	a := staff.Agent{Login: "anna"}
	if _, err := f.Find(b.Context(), a, protocol.FindNumbers{}); err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{"ольга петров777", "знакомый 42", "88123000042", "4951050000"} {
		b.Run("typed="+strings.ReplaceAll(text, " ", "_"), func(b *testing.B) {
			letters := []rune(text)
			var slowest time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				found, err := f.Find(b.Context(), a, protocol.FindNumbers{Text: string(letters[:1+i%len(letters)])})
				if err != nil || len(found.Numbers) == 0 {
					b.Fatal(found, err)
				}
				slowest = max(slowest, time.Since(start))
			}
			b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
		})
	}
}
