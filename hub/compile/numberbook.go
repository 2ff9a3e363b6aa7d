package compile

import (
	"traybell/hub/config"
	"traybell/hub/phonebook"
)

// NumberBook converts the key number_book.
func NumberBook(cfg *config.Config) []phonebook.Entry {
	list := make([]phonebook.Entry, len(cfg.NumberBook))
	for i, n := range cfg.NumberBook {
		list[i] = phonebook.Entry(n)
	}
	return list
}
