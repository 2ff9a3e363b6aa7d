// GNUstep asks for this file of another Objective-C runtime; nothing is run here.
