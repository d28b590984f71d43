namespace ChatOllama.Emulator.Talk;

/// <summary>Answers long enough to be stopped, reloaded in the middle and continued.</summary>
internal static class LongTexts
{
    public const string Story =
        """
        # The lighthouse that counted ships

        On a rock at the edge of the map stood a lighthouse, and in it lived an old machine that counted ships. Nobody remembered who had built it. It had a lamp, a brass wheel with numbers on it, and one instruction, engraved on a plate: *count them all, and lose none.*

        So it counted. A fishing boat at dawn: one. Two freighters in the rain: three. It did not know where they came from or what they carried. It knew only that each of them was somebody's, and that a ship nobody counted might as well never have sailed.

        ## The storm

        One autumn the sea rose higher than it had in a hundred years. The lamp went out at midnight. The machine felt the wheel tremble, and it thought about its number, which was by then very large, and about how easily a large number is lost: one wave over the gears, and all those ships would be gone a second time.

        It did the only sensible thing. After every ship it scratched a mark into the stone of the wall. It was slow work, and it made the machine a little late for each ship that followed. But a mark in stone does not mind the water.

        At four in the morning the wave came.

        ## The morning after

        When the keeper's daughter rowed out to the rock, the windows were gone and the wheel stood at zero. She sat down on the wet floor and cried, for she had liked the machine, and she knew what it had lost.

        Then the sun came in through the broken window and ran along the wall, and she saw the marks. Rows and rows of them, in fives, from the floor to the ceiling, the last one not quite finished.

        She counted all day. In the evening she set the wheel by hand, oiled the gears, and lit the lamp with a match.

        The machine woke. It looked at its number. It looked out to sea, where a small boat with a red sail was just coming round the cape, and it was, as far as a machine can be, content.

        *One more*, it thought, and made a mark in the stone first, and only then turned the wheel.

        ## What became of it

        They say that the lighthouse still stands. The wall has been full for a long time, so the daughter's daughter brings slates from the mainland, and stacks the old ones in the cellar, where it is dry. Nobody has ever asked for them. That is not the point, she says. The point is that anybody could.

        *The end. This story is prepared: I am the demo model built into ChatOllama. A real model will make up a new one for you every time.*
        """;

    public const string Essay =
        """
        # How a word gets from the model to your screen

        You asked for something long, and as the demo model built into ChatOllama I know only one subject well: the way this very text takes. Here it is in full.

        ## 1. The question is written down

        When you press Enter, your message goes to the server and into a database before anything else happens. Only when it is safely on the disk does the answer begin. If the power failed right now, your question would still be there tomorrow.

        At the same moment an empty answer is written below it. It has a state, *queued*, and that state is always true: an answer is waiting, or being written, or complete, or stopped by you, or interrupted by something worse, and ChatOllama can say which.

        ## 2. The model reads

        A language model has no memory of its own. Each time, it is given the whole conversation from the beginning, and it reads it again. How much it can read at once is called its *context length*. When a conversation grows longer than that, something has to be left out. Many programs let the model drop the oldest part silently. ChatOllama chooses what to leave out itself, never the instructions you gave, and writes next to the answer what was missing.

        Before any of this, the model has to be in memory. The first question of the day may wait several seconds for gigabytes to be read from the disk. The page tells you so instead of pretending that somebody is typing.

        ## 3. One token after another

        A model does not write sentences. It computes, from everything so far, which piece of text is likely to come next, picks one, adds it to the text, and begins again. The pieces are called *tokens*. A token is a short word, a part of a long one, a comma, sometimes half of an emoji, which has to wait for its other half.

        That is why answers appear word by word. It is no animation; it is the speed at which they come into being. I, on the other hand, am a prepared text with a metronome. You may find the difference hard to see, and that is rather the point of me.

        ## 4. The tokens are kept

        Each piece goes to three places. It goes to every screen that is watching: yours, and your telephone if the same conversation is open there. It goes into the memory of the server, so that somebody who arrives late gets the beginning too. And several times a second, what has come so far goes to the disk.

        Try it: reload this page while I am still talking. The text so far is there at once, and the rest keeps coming. Close the tab, make some tea, and come back: the answer went on without you. It belongs to the server and not to the tab that asked for it.

        ## 5. It becomes a page

        What a model writes is Markdown, a simple notation in which two asterisks mean **strong** and three backticks begin a block of code. The server turns it into HTML, and it is careful about it. A model repeats what it has read, and what it has read may contain things that no page should run. So nothing of the model's text is ever executed, and no picture is loaded from an address that a model made up.

        While the answer grows, only its last paragraph is rendered again. Everything above it is finished. This is a small thing, and the reason why your fan stays quiet.

        ## 6. You can interfere

        Press *Stop* and the model stops: the connection to it is closed and the graphics card is free for something else within a moment. The text so far stays. Press *Continue* and it goes on exactly where it stopped, in the middle of a word if need be.

        You can also change the question. The old one does not vanish; the conversation grows a second branch, and you can go back and forth between the two.

        ## 7. And then it is done

        At the end the model reports how many tokens it read and wrote and how long that took. These numbers are stored with the answer, and they are the model's own; nobody has rounded them up.

        That is the whole way. If you would like to see it with a real model at the other end: install Ollama from [ollama.com/download](https://ollama.com/download), run `ollama pull llama3.2`, and start ChatOllama again. The conversation we are having now will still be here.
        """;
}
