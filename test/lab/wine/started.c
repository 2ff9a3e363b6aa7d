/* Writes its version to C:\started, if it is started without arguments. */
#include <stdio.h>

int main(int count, char **arguments) {
	FILE *file;

	(void)arguments;
	if (count > 1 || !(file = fopen("C:\\started", "wb")))
		return 0;
	fputs(VERSION, file);
	return fclose(file);
}
