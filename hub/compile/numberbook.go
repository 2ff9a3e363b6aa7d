package compile

import (
	"sync/atomic"

	"traybell/hub/config"
	"traybell/hub/phonebook"
	"traybell/shared/phone"
)

// NumberBook converts the key number_book, once for each configuration. Its zero value is ready, and
// any goroutine may use it.
type NumberBook struct{ last atomic.Pointer[numberBook] }

type numberBook struct {
	cfg     *config.Config
	numbers *phone.Reader
	book    *phonebook.Book
}

// Of returns the company's numbers.
func (b *NumberBook) Of(cfg *config.Config, numbers *phone.Reader) *phonebook.Book {
	if last := b.last.Load(); last != nil && last.cfg == cfg && last.numbers == numbers {
		return last.book
	}
	list := make([]phonebook.Entry, len(cfg.NumberBook))
	for i, n := range cfg.NumberBook {
		list[i] = phonebook.Entry(n)
	}
	book := phonebook.NewBook(list, numbers)
	b.last.Store(&numberBook{cfg, numbers, book})
	return book
}
