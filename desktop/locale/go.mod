module early.traybell/locale

go 1.26
