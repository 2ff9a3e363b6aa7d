module fyne.io/fyne/v2/within

go 1.26.0

require fyne.io/fyne/v2 v2.8.0
