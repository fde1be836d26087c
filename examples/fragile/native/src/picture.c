/* A decoder of pictures as they were written in 1996: it believes what the file says.
 *
 * A picture is its width and its height, two bytes each, little-endian, then packets of four bytes: so many pixels of this red, green, blue.
 */
#include <stddef.h>
#include <stdlib.h>

int picture_average(const unsigned char *file, size_t length, unsigned char *colour)
{
    const unsigned char *at = file + 4, *end = file + length;
    unsigned long pixels, done = 0, i, sum[3] = {0, 0, 0};
    unsigned short size;
    unsigned char *picture;

    if (length < 4)
        return -1;
    pixels = (unsigned long)(file[0] | file[1] << 8) * (file[2] | file[3] << 8);
    /* The first mistake: 64 KB were enough for every picture, so a large one gets a small buffer. */
    size = (unsigned short)(pixels * 3);
    picture = malloc(size);
    if (!picture || !pixels)
        return -1;
    while (done < pixels) {
        unsigned count;
        /* The second: of a picture that is cut short the buffer is never freed. */
        if (end - at < 4)
            return -1;
        count = at[0];
        /* The third: a packet of no pixels is read again, for ever. */
        if (count == 0)
            continue;
        for (i = done; i < done + count; i++) {
            picture[i * 3] = at[1];
            picture[i * 3 + 1] = at[2];
            picture[i * 3 + 2] = at[3];
        }
        done += count;
        at += 4;
    }
    for (i = 0; i < pixels * 3; i++)
        sum[i % 3] += picture[i];
    for (i = 0; i < 3; i++)
        colour[i] = (unsigned char)(sum[i] / pixels);
    free(picture);
    return 0;
}
